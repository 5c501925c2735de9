"""API keys in the console, and setting a person's password. Secrets are shown once or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authn.authenticators import api_keys, inventory, passwords
from authn.authenticators.models import ApiKey
from identity.console import extending
from identity.console.acting import Act, Done
from identity.console.display import code, codes, link, moment, pill
from identity.console.door import visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.forms import CommandForm, Lines, NewPassword, text_input
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from identity.kernel.errors import Invalid
from tenants.registry.console import MadeInTenant
from tenants.users import identifiers
from tenants.users.models import User

_OF_USER_SHOWN: Final = 10
_METHODS: Final = {"password": _("Password"), "image": _("Picture")}


class NewApiKeyForm(CommandForm):
    """A key for somebody."""

    owner = forms.CharField(
        label=_("Owner"),
        max_length=512,
        help_text=_("User name or e-mail address. The key can do what its owner may."),
        widget=text_input(autocapitalize="none", spellcheck="false", autocomplete="off"),
    )
    name = forms.CharField(label=_("Name"), max_length=200, widget=text_input())
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(scope, scope) for scope in sorted(api_keys.SCOPES)],
        widget=forms.CheckboxSelectMultiple,
    )
    networks = Lines(
        label=_("Only from"),
        required=False,
        help_text=_("Addresses or networks such as 192.0.2.0/24, one a line; empty: anywhere."),
    )
    expires_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        help_text=_("Empty: no end."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class PasswordForm(forms.Form):
    """An initial password, told to the person on another way."""

    password = NewPassword(
        max_length=passwords.MAXIMUM_CHARACTERS,
        help_text=_("At least 15 characters. Other sessions of this person end."),
    )


class StateFilter(ChoiceFilter):
    """Good or not."""

    title = _("State")
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Two."""
        return [("active", _("Active")), ("inactive", _("Inactive"))]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Keys in this state."""
        return queryset.filter(is_active=value == "active")


def _revoke(request: HttpRequest, key: ApiKey, _data: Mapping[str, Any]) -> Done:
    api_keys.revoke(key=key, actor=visitor_of(request).actor)
    return Done(_("The key is revoked; it is refused everywhere."))


def _set_password(request: HttpRequest, user: User, data: Mapping[str, Any]) -> Done:
    passwords.set_password(user=user, password=data["password"], actor=visitor_of(request).actor)
    return Done(_("The password is set."), user)


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(MadeInTenant):
    """Keys of people of a tenant."""

    section = Section.APPLICATIONS
    names = (_("API key"), _("API keys"))
    may_add = True
    add_form = NewApiKeyForm
    add_fieldsets = ((None, {"fields": ("owner", "name", "scopes", "networks", "expires_on")}),)
    fieldsets = (
        (None, {"fields": ("name", "owner_shown", "key_id_shown", "fingerprint", "state_shown")}),
        (_("May"), {"fields": ("scopes_shown", "networks_shown", "ends")}),
        (_("Use"), {"fields": ("created", "created_ip", "last_used", "last_used_ip")}),
    )
    readonly_fields = (
        *("name", "owner_shown", "key_id_shown", "fingerprint", "state_shown", "scopes_shown"),
        *("networks_shown", "ends", "created", "created_ip", "last_used", "last_used_ip"),
    )
    list_display = ("title", "owner", "scopes_shown", "state_shown", "ends", "last_used")
    list_filter = (StateFilter,)
    list_select_related = ("owner",)
    search_fields = ("key_id",)
    search_help_text = _("Key id, in full")
    empty_title = _("No API keys yet")
    empty_text = _("Keys appear when they are made here or provisioned.")
    acts = (
        Act(
            "revoke",
            _("Revoke"),
            _revoke,
            question=_("The key is deleted and refused everywhere at once."),
            is_dangerous=True,
            is_bulk=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the digest, which revoking needs; no page shows it (AD04)."""
        return super().get_queryset(request).select_related("owner")

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By key id, which is unique."""
        return queryset.filter(key_id=text)

    def add(self, request: HttpRequest, data: Mapping[str, Any]) -> Done:
        """Make the key; its secret is in this answer and never again."""
        owner = identifiers.find(tenant=self.tenant_of(request, data), text=data["owner"])
        if owner is None:
            raise Invalid("owner", "is nobody of this tenant")
        ends_on = data["expires_on"]
        made = api_keys.create(
            owner=owner,
            name=data["name"],
            scopes=data["scopes"],
            networks=data["networks"],
            expires_at=timezone.make_aware(datetime.combine(ends_on, time.max))
            if ends_on
            else None,
            actor=self.actor(request),
        )
        label = gettext("Secret of the API key %(name)s") % {"name": made.key}
        return Done(_("The key is there."), made.key, made.secret, label)

    @admin.display(description=_("Name"))
    def title(self, obj: ApiKey) -> str:
        """Its name."""
        return str(obj)

    @admin.display(description=_("Owner"))
    def owner_shown(self, obj: ApiKey) -> str:
        """Whose it is."""
        return link(obj.owner, reverse("admin:users_user_change", args=[obj.owner_id]))

    @admin.display(description=_("Key id"))
    def key_id_shown(self, obj: ApiKey) -> str:
        """How the API names it."""
        return code(obj.key_id)

    @admin.display(description=_("State"))
    def state_shown(self, obj: ApiKey) -> str:
        """Whether it is good now."""
        if not obj.is_active or obj.owner.is_disabled:
            return pill(gettext("Inactive"), "bad", "x")
        if obj.expires_at is not None and obj.expires_at <= timezone.now():
            return pill(gettext("Ended"), "warn", "clock")
        return pill(gettext("Active"), "ok", "check")

    @admin.display(description=_("Scopes"))
    def scopes_shown(self, obj: ApiKey) -> str:
        """What it allows."""
        return ", ".join(obj.scopes) or "–"

    @admin.display(description=_("Only from"))
    def networks_shown(self, obj: ApiKey) -> str:
        """Where it is good."""
        return codes(obj.networks)

    @admin.display(description=_("Ends"))
    def ends(self, obj: ApiKey) -> str:
        """When."""
        return moment(obj.expires_at)

    @admin.display(description=_("Created"))
    def created(self, obj: ApiKey) -> str:
        """When."""
        return moment(obj.created_at)

    @admin.display(description=_("Last used"))
    def last_used(self, obj: ApiKey) -> str:
        """When, to the minute."""
        return moment(obj.last_used_at)


def _methods_of(_request: HttpRequest, user: User) -> Table:
    rows = [
        (_METHODS.get(method.name, method.name), moment(method.enrolled_at))
        for method in inventory.methods_of(user)
    ]
    empty = _("No way to sign in: set a password.")
    return Table(_("Ways to sign in"), (_("Method"), _("Since")), rows, empty)


def _keys_of(_request: HttpRequest, user: User) -> Table | None:
    found = ApiKey.objects.filter(tenant_id=user.tenant_id, owner=user).order_by("-id")
    rows = [
        (
            link(key, reverse("admin:authenticators_apikey_change", args=[key.pk])),
            ", ".join(key.scopes),
            moment(key.last_used_at),
        )
        for key in found[:_OF_USER_SHOWN]
    ]
    if not rows:
        return None
    return Table(_("API keys"), (_("Name"), _("Scopes"), _("Last used")), rows, "")


extending.add_act(
    User,
    Act(
        "set-password",
        _("Set password"),
        _set_password,
        question=_("Tell it to this person on another way than by e-mail."),
        form=PasswordForm,
    ),
)
extending.add_table(User, _methods_of)
extending.add_table(User, _keys_of)
