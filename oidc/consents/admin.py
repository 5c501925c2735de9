"""Consents in the console: what a person allowed a client, and withdrawing it for them."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console import extending
from identity.console.acting import Act, Done
from identity.console.bases import CommandAdmin
from identity.console.display import codes, link, moment
from identity.console.door import visitor_of
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from identity.kernel.text import fold
from oidc.consents import consenting
from oidc.consents.models import Consent
from tenants.users.models import Identifier, User

_MATCHES_MOST: Final = 200
_OF_USER_SHOWN: Final = 20


def _withdraw(request: HttpRequest, consent: Consent, _data: Mapping[str, Any]) -> Done:
    consenting.withdraw(user=consent.user, client=consent.client, actor=visitor_of(request).actor)
    return Done(_("Withdrawn; what was granted there is void."))


@admin.register(Consent, site=site)
class ConsentAdmin(CommandAdmin):
    """What people allowed clients."""

    section = Section.APPLICATIONS
    names = (_("consent"), _("consents"))
    list_display = ("title", "client", "scopes_shown", "given")
    list_select_related = ("user", "client")
    search_fields = ("user",)
    search_help_text = _("User name or e-mail address, in full")
    empty_title = _("Nobody was asked yet")
    empty_text = _("A consent appears when a person allows a client to see something.")
    fieldsets = ((None, {"fields": ("user_shown", "client_shown", "scopes_shown", "given")}),)
    readonly_fields = ("user_shown", "client_shown", "scopes_shown", "given")
    acts = (
        Act(
            "withdraw",
            _("Withdraw"),
            _withdraw,
            question=_("The client loses what it was granted; this person is asked again."),
            is_dangerous=True,
            is_bulk=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With both ends."""
        return super().get_queryset(request).select_related("user", "client")

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Of whoever is called so."""
        named = Identifier.objects.filter(key=fold(text)).values("user_id")[:_MATCHES_MOST]
        return queryset.filter(user_id__in=named)

    def label(self, obj: Consent) -> str:
        """Between whom."""
        return gettext("%(user)s to %(client)s") % {"user": obj.user, "client": obj.client}

    @admin.display(description=_("User"))
    def title(self, obj: Consent) -> str:
        """Who allowed it."""
        return str(obj.user)

    @admin.display(description=_("User"))
    def user_shown(self, obj: Consent) -> str:
        """Who allowed it."""
        return link(obj.user, reverse("admin:users_user_change", args=[obj.user_id]))

    @admin.display(description=_("Client"))
    def client_shown(self, obj: Consent) -> str:
        """Whom."""
        return link(obj.client, reverse("admin:clients_client_change", args=[obj.client_id]))

    @admin.display(description=_("Scopes"))
    def scopes_shown(self, obj: Consent) -> str:
        """What."""
        return codes(obj.scopes)

    @admin.display(description=_("Given"))
    def given(self, obj: Consent) -> str:
        """When it was changed last."""
        return moment(obj.updated_at)


def _of_user(_request: HttpRequest, user: User) -> Table | None:
    found = Consent.objects.filter(tenant_id=user.tenant_id, user=user).select_related("client")
    rows = [
        (
            link(each.client, reverse("admin:consents_consent_change", args=[each.pk])),
            ", ".join(each.scopes),
            moment(each.updated_at),
        )
        for each in found.order_by("-id")[:_OF_USER_SHOWN]
    ]
    if not rows:
        return None
    return Table(_("Connected applications"), (_("Client"), _("Scopes"), _("Given")), rows, "")


extending.add_table(User, _of_user)
