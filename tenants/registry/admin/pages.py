"""Tenants in the console: operators make, suspend and find them; an administrator sets the own one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console import tenants
from identity.console.acting import Act, Done
from identity.console.bases import CommandAdmin
from identity.console.display import code, listed, moment, pill
from identity.console.door import Visitor, visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.sections import Section
from identity.console.site import site
from identity.kernel.errors import Invalid
from tenants.registry import lifecycle, policy_form
from tenants.registry.admin.forms import DeleteForm, NewTenantForm, TenantForm
from tenants.registry.models import Tenant, TenantState
from tenants.registry.policy import TenantPolicy

# Lists that an operator opens from a tenant's page, where their rooms are installed.
_LISTS = (
    ("users_user", _("Users")),
    ("users_group", _("Groups")),
    ("clients_client", _("Clients")),
    ("login_sessions_loginsession", _("Sessions")),
    ("blocking_block", _("Blocks")),
    ("tenant_keys_signingkey", _("Signing keys")),
    ("audit_event", _("Audit trail")),
)


class StateFilter(ChoiceFilter):
    """Serving or suspended."""

    title = _("State")
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """The two."""
        return [(TenantState.ACTIVE, _("Active")), (TenantState.SUSPENDED, _("Suspended"))]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Tenants in this state."""
        return queryset.filter(state=value)


def _is_operators(request: HttpRequest, _tenant: Tenant) -> bool:
    return visitor_of(request).is_operator


def _may_suspend(request: HttpRequest, tenant: Tenant) -> bool:
    return _is_operators(request, tenant) and tenant.is_active and not tenant.is_platform


def _may_resume(request: HttpRequest, tenant: Tenant) -> bool:
    return _is_operators(request, tenant) and not tenant.is_active


def _may_delete(request: HttpRequest, tenant: Tenant) -> bool:
    return _is_operators(request, tenant) and not tenant.is_platform


def _suspend(request: HttpRequest, tenant: Tenant, _data: Mapping[str, Any]) -> Done:
    row = lifecycle.suspend(tenant=tenant, actor=visitor_of(request).actor)
    return Done(_("The tenant is suspended."), row)


def _resume(request: HttpRequest, tenant: Tenant, _data: Mapping[str, Any]) -> Done:
    row = lifecycle.resume(tenant=tenant, actor=visitor_of(request).actor)
    return Done(_("The tenant serves requests again."), row)


def _delete(request: HttpRequest, tenant: Tenant, data: Mapping[str, Any]) -> Done:
    if data["slug"] != tenant.slug:
        raise Invalid("slug", "is not the id of this tenant")
    lifecycle.delete(tenant=tenant, actor=visitor_of(request).actor)
    return Done(_("The tenant and all its data are deleted."))


@admin.register(Tenant, site=site)
class TenantAdmin(CommandAdmin):
    """Tenants."""

    section = Section.OPERATION
    names = (_("tenant"), _("tenants"))
    tenant_column = ""  # the table of tenants itself
    keyset = ("slug",)
    may_add = True
    may_change = True
    add_form = NewTenantForm
    form = TenantForm
    add_fieldsets = ((None, {"fields": ("slug", "display_name", "is_2fa", "hosts")}),)
    list_display = ("slug", "name", "state_shown", "created")
    list_filter = (StateFilter,)
    search_fields = ("slug",)
    search_help_text = _("Tenant id, from the start")
    readonly_fields = ("slug_shown", "state_shown", "is_2fa_shown", "created", "issuer")
    acts = (
        Act(
            "suspend",
            _("Suspend"),
            _suspend,
            question=_(
                "Nothing of this tenant works while it is suspended: no sign-in, no token, no page. "
                "Its data stays as it is."
            ),
            is_dangerous=True,
            may=_may_suspend,
        ),
        Act("resume", _("Resume"), _resume, may=_may_resume),
        Act(
            "remove",
            _("Delete"),
            _delete,
            question=_("Every person, application and session of this tenant is deleted for good."),
            form=DeleteForm,
            is_dangerous=True,
            may=_may_delete,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All for an operator; the own one for its administrator."""
        rows = super().get_queryset(request)
        visitor = visitor_of(request)
        return rows if visitor.is_operator else rows.filter(pk=visitor.tenant_id)

    def called(self, visitor: Visitor) -> str:
        """An administrator has one tenant: its settings."""
        return super().called(visitor) if visitor.is_operator else gettext("Tenant settings")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Making tenants is the operators'."""
        return visitor_of(request).is_operator

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An administrator has one tenant, and no list of it."""
        visitor = visitor_of(request)
        if not visitor.is_operator:
            url = reverse("admin:tenants_tenant_change", args=[visitor.tenant_id])
            return HttpResponseRedirect(url)
        return super().changelist_view(request, extra_context)

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        """Host names are given out by the platform only."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None or visitor_of(request).is_operator:
            return form
        return type(form.__name__, (form,), {"hosts": None})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name and facts, then the policy."""
        if obj is None:
            return self.add_fieldsets
        is_operator = visitor_of(request).is_operator
        first = ("display_name", "hosts") if is_operator else ("display_name",)
        facts = ("slug_shown", "issuer", "state_shown", "is_2fa_shown", "created")
        return [(None, {"fields": (*first, *facts)}), *policy_form.fieldsets()]

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the beginning of the tenant id, a range of its index."""
        key = text.lower()
        return queryset.filter(slug__gte=key, slug__lt=key + "\U0010ffff")

    def add(self, request: HttpRequest, data: Mapping[str, Any]) -> Done:
        """Make the tenant."""
        tenant = lifecycle.create(
            slug=data["slug"],
            display_name=data["display_name"],
            policy=TenantPolicy(),
            is_2fa=data["is_2fa"],
            hosts=data["hosts"],
            actor=self.actor(request),
        )
        return Done(
            _("The tenant is there. Its first administrator is a user with that role."), tenant
        )

    def change(self, request: HttpRequest, obj: Tenant, data: Mapping[str, Any]) -> Done:
        """Set name, policy and, for an operator, hosts."""
        tenant = lifecycle.update(
            tenant=obj,
            display_name=data["display_name"],
            policy=policy_form.changed(obj.policy, data),
            hosts=data.get("hosts"),
            actor=self.actor(request),
        )
        return Done(_("The settings are saved; they hold within a second."), tenant)

    def ways(self, request: HttpRequest, obj: Tenant) -> Sequence[tuple[object, str]]:
        """For an operator, what is in the tenant."""
        if not visitor_of(request).is_operator:
            return ()
        query = urlencode({tenants.TenantFilter.parameter_name: obj.slug})
        return [(title, f"{reverse(f'admin:{name}_changelist')}?{query}") for name, title in _LISTS]

    @admin.display(description=_("Name"))
    def name(self, obj: Tenant) -> str:
        """What people read."""
        return obj.display_name or "–"

    @admin.display(description=_("State"))
    def state_shown(self, obj: Tenant) -> str:
        """Serving or not."""
        if obj.is_active:
            return pill(gettext("Active"), "ok", "check")
        return pill(gettext("Suspended"), "bad", "x")

    @admin.display(description=_("Created"))
    def created(self, obj: Tenant) -> str:
        """When."""
        return moment(obj.created_at)

    @admin.display(description=_("Tenant id"))
    def slug_shown(self, obj: Tenant) -> str:
        """Never changed."""
        return code(obj.slug)

    @admin.display(description=_("Second factor only"))
    def is_2fa_shown(self, obj: Tenant) -> str:
        """Never changed."""
        return gettext("Yes") if obj.is_2fa else gettext("No")

    @admin.display(description=_("Pages"))
    def issuer(self, obj: Tenant) -> str:
        """Where its people sign in."""
        return listed(
            [
                code(f"/sign-in/{obj.slug}/"),
                code(f"/account/{obj.slug}/"),
                code(f"/api/oidc/{obj.slug}"),
            ]
        )
