"""Clients in the console. A generated secret is shown in the one answer that made it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console.acting import Act, Done
from identity.console.display import code, listed, moment, pill
from identity.console.door import visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from tenants.clients import registration
from tenants.clients.admin.forms import TYPES, ClientForm, NewClientForm, RotateForm
from tenants.clients.models import Client, ClientSecret
from tenants.registry.console import MadeInTenant

_LINKS: Final = ("client_uri", "logo_uri", "op_policy_url", "op_tos_url", "op_user_agreement_url")
_STRANGE: Final = "\U0010ffff"


class StateFilter(ChoiceFilter):
    """What may be used."""

    title = _("State")
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Three."""
        return [("active", _("Active")), ("disabled", _("Disabled")), ("locked", _("Protected"))]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Clients in this state."""
        if value == "locked":
            return queryset.filter(is_lock=True)
        return queryset.filter(is_disabled=value == "disabled")


class TypeFilter(ChoiceFilter):
    """Keeps a secret or not."""

    title = _("Type")
    parameter_name = "type"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Two."""
        return TYPES

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Clients of this type."""
        return queryset.filter(client_type=value)


def _rotate(request: HttpRequest, client: Client, data: Mapping[str, Any]) -> Done:
    secret = registration.rotate_secret(
        client=client,
        overlap=timedelta(hours=data["overlap_hours"]),
        actor=visitor_of(request).actor,
    )
    label = gettext("New secret of %(client)s") % {"client": client}
    return Done(obj=client, secret=secret, secret_label=label)


def _switch(**change: bool) -> Any:
    def run(request: HttpRequest, client: Client, _data: Mapping[str, Any]) -> Done:
        row = registration.update(client=client, actor=visitor_of(request).actor, **change)  # type: ignore[arg-type]
        return Done(_("Saved."), row)

    return run


def _delete(request: HttpRequest, client: Client, _data: Mapping[str, Any]) -> Done:
    registration.delete(client=client, actor=visitor_of(request).actor)
    return Done(_("The client is deleted, and all that was granted to it."))


@admin.register(Client, site=site)
class ClientAdmin(MadeInTenant):
    """Applications that may ask a tenant."""

    section = Section.APPLICATIONS
    names = (_("client"), _("clients"))
    may_add = True
    may_change = True
    add_form = NewClientForm
    form = ClientForm
    add_fieldsets = (
        (None, {"fields": ("client_id", "name", "client_type", "application_type")}),
        (_("Addresses"), {"fields": ("redirect_uris", "post_logout_redirect_uris")}),
        (_("May ask for"), {"fields": ("grant_types", "allowed_scopes", "skip_consent")}),
        (_("Tokens"), {"fields": ("algorithm", "access_token_seconds"), "classes": ("collapse",)}),
    )
    fieldsets = (
        (None, {"fields": ("client_id_shown", "name", "client_type", "application_type")}),
        (_("Addresses"), {"fields": ("redirect_uris", "post_logout_redirect_uris")}),
        (_("May ask for"), {"fields": ("grant_types", "allowed_scopes", "skip_consent")}),
        (_("Tokens"), {"fields": ("algorithm", "access_token_seconds")}),
        (
            _("Shown to people"),
            {"fields": (*_LINKS, "register_enable", "has_profile"), "classes": ("collapse",)},
        ),
        (_("State"), {"fields": ("is_disabled", "is_lock", "client_logout_uri", "created_shown")}),
    )
    readonly_fields = ("client_id_shown", "created_shown")
    list_display = ("name", "client_id_shown", "type_shown", "state_shown", "grants_shown")
    list_filter = (StateFilter, TypeFilter)
    list_select_related = ("tenant",)
    search_fields = ("client_id",)
    search_help_text = _("Client id, from the start")
    empty_title = _("No clients yet")
    empty_text = _("Clients appear when they are added here or provisioned.")
    acts = (
        Act(
            "rotate-secret",
            _("New secret"),
            _rotate,
            question=_("A new secret is made and shown once, on the page that follows."),
            form=RotateForm,
            may=lambda _request, client: client.is_confidential,
        ),
        Act(
            "disable",
            _("Disable"),
            _switch(is_disabled=True),
            question=_("Nobody signs in there any more, and its tokens stop working."),
            is_dangerous=True,
            is_bulk=True,
            may=lambda _request, client: not client.is_disabled,
        ),
        Act(
            "enable",
            _("Enable"),
            _switch(is_disabled=False),
            is_bulk=True,
            may=lambda _request, client: client.is_disabled,
        ),
        Act(
            "remove",
            _("Delete"),
            _delete,
            question=_("The client and all that was granted to it are deleted for good."),
            is_dangerous=True,
            may=lambda _request, client: not client.is_lock,
        ),
    )

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the beginning of the client id, a range of its index; or by name in full."""
        return queryset.filter(Q(client_id__gte=text, client_id__lt=text + _STRANGE) | Q(name=text))

    def add(self, request: HttpRequest, data: Mapping[str, Any]) -> Done:
        """Register the client; a confidential one gets a generated secret."""
        names = [name for name in ClientForm.base_fields if name in data and name != "name"]
        made = registration.register(
            tenant=self.tenant_of(request, data),
            client_id=data["client_id"],
            name=data["name"],
            actor=self.actor(request),
            **{name: data[name] for name in names},
        )
        label = gettext("Secret of %(client)s") % {"client": made.client}
        return Done(_("The client is there."), made.client, made.secret, label)

    def change(self, request: HttpRequest, obj: Client, data: Mapping[str, Any]) -> Done:
        """Store what was typed."""
        changes: Any = {name: data[name] for name in ClientForm.base_fields if name in data}
        client = registration.update(client=obj, actor=self.actor(request), **changes)
        return Done(_("Saved; it holds within a second."), client)

    def heading(self, obj: Client) -> str:
        """Whose client."""
        return gettext("Client of %(tenant)s") % {"tenant": obj.tenant}

    def tables(self, request: HttpRequest, obj: Client) -> Sequence[Table]:
        """When its secrets were made and end; their digests stay where they are (AD04)."""
        if not obj.is_confidential:
            return ()
        found = ClientSecret.objects.filter(tenant_id=obj.tenant_id, client=obj)
        times = found.order_by("-id").values_list("created_at", "expires_at")
        rows = [
            (moment(created_at), moment(expires_at) if expires_at else gettext("No end"))
            for created_at, expires_at in times
        ]
        columns = (_("Made"), _("Ends"))
        return (
            Table(_("Secrets"), columns, rows, _("No secret: the client cannot prove itself.")),
        )

    @admin.display(description=_("Client id"))
    def client_id_shown(self, obj: Client) -> str:
        """As requests name it."""
        return code(obj.client_id)

    @admin.display(description=_("Type"))
    def type_shown(self, obj: Client) -> str:
        """In words."""
        return gettext("Confidential") if obj.is_confidential else gettext("Public")

    @admin.display(description=_("State"))
    def state_shown(self, obj: Client) -> str:
        """Whether it may be used."""
        if obj.is_disabled:
            return pill(gettext("Disabled"), "bad", "x")
        if obj.is_lock:
            return pill(gettext("Protected"), "ok", "lock")
        return pill(gettext("Active"), "ok", "check")

    @admin.display(description=_("Grants"))
    def grants_shown(self, obj: Client) -> str:
        """Wire names."""
        return listed(obj.grant_types)

    @admin.display(description=_("Registered"))
    def created_shown(self, obj: Client) -> str:
        """When."""
        return moment(obj.created)
