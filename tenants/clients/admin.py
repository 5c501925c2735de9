"""Clients in the console. A generated secret is shown in the one answer that made it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console.acting import Act, Done
from identity.console.display import code, listed, moment, pill
from identity.console.door import visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.forms import CommandForm, Lines, text_input
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from tenants.clients import registration
from tenants.clients.models import ApplicationType, Client, ClientSecret, GrantType, SigningAlgorithm
from tenants.registry.console import MadeInTenant

_TYPES: Final = [("confidential", _("Keeps a secret (server)")), ("public", _("Keeps none (app)"))]
_LINKS: Final = ("client_uri", "logo_uri", "op_policy_url", "op_tos_url", "op_user_agreement_url")
_STRANGE: Final = "\U0010ffff"


def _url(label: object, help_text: object = "") -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # lazily translated
        help_text=help_text,  # type: ignore[arg-type]
        max_length=500,
        required=False,
        widget=text_input(inputmode="url"),
    )


class ClientForm(CommandForm):
    """All of a client that others may set."""

    name = forms.CharField(label=_("Name"), max_length=255, widget=text_input())
    client_type = forms.ChoiceField(label=_("Type"), choices=_TYPES)
    application_type = forms.ChoiceField(
        label=_("Runs"),
        choices=[
            (ApplicationType.WEB, _("In a browser or on a server")),
            (ApplicationType.NATIVE, _("On a device")),
        ],
    )
    redirect_uris = Lines(
        label=_("Redirect URIs"), required=False, help_text=_("One a line; compared exactly.")
    )
    post_logout_redirect_uris = Lines(
        label=_("After signing out"), required=False, help_text=_("One a line; compared exactly.")
    )
    grant_types = forms.MultipleChoiceField(
        label=_("Grants"),
        required=False,
        choices=[(value, value) for value in GrantType.values],
        widget=forms.CheckboxSelectMultiple,
    )
    allowed_scopes = Lines(label=_("Scopes"), required=False, help_text=_("One a line."))
    algorithm = forms.ChoiceField(
        label=_("ID tokens are signed with"), choices=SigningAlgorithm.choices
    )
    access_token_seconds = forms.IntegerField(
        label=_("Access tokens live"),
        required=False,
        min_value=30,
        max_value=3_600,
        help_text=_("Seconds; empty: as the tenant says."),
    )
    skip_consent = forms.BooleanField(
        label=_("The tenant's own: nobody is asked for consent"), required=False
    )
    client_uri = _url(_("Home page"))
    logo_uri = _url(_("Logo"), _("Address of a picture, https only"))
    op_policy_url = _url(_("Privacy policy"))
    op_tos_url = _url(_("Terms of service"))
    op_user_agreement_url = _url(_("User agreement"))
    client_logout_uri = _url(_("Told of sign-outs at"))
    register_enable = forms.BooleanField(
        label=_("People may register on the way here"), required=False
    )
    has_profile = forms.BooleanField(label=_("Has a profile"), required=False)
    is_lock = forms.BooleanField(label=_("Protected against deletion"), required=False)
    is_disabled = forms.BooleanField(label=_("Disabled"), required=False)

    def initial_of(self, instance: Any) -> dict[str, Any]:
        """Lists as lists."""
        return {
            **super().initial_of(instance),
            "redirect_uris": instance.redirect_uris.split(),
            "post_logout_redirect_uris": instance.post_logout_redirect_uris.split(),
        }


class NewClientForm(ClientForm):
    """A client to be registered: its id is chosen once."""

    client_id = forms.CharField(
        label=_("Client id"),
        max_length=255,
        help_text=_("Can never be changed."),
        widget=text_input(autocapitalize="none", spellcheck="false"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        proposed = {
            "grant_types": [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
            "allowed_scopes": ["openid", "profile", "email"],
        }
        kwargs["initial"] = {**proposed, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class RotateForm(forms.Form):
    """How long the present secret goes on."""

    overlap_hours = forms.IntegerField(
        label=_("The present secret stays good for"),
        min_value=0,
        max_value=720,
        initial=24,
        help_text=_("Hours, up to 30 days: the time of your roll-out. 0 ends it now."),
    )


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
        return _TYPES

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

    def search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the beginning of the client id, a range of its index; or by name in full."""
        return queryset.filter(
            Q(client_id__gte=text, client_id__lt=text + _STRANGE) | Q(name=text)
        )

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
        return (Table(_("Secrets"), columns, rows, _("No secret: the client cannot prove itself.")),)

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
