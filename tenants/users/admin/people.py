"""People: found by name, changed by commands. How they sign in is shown by the rooms above."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console.acting import Act, Done
from identity.console.display import code, column, link, listed, moment, pill
from identity.console.door import visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from identity.kernel.text import fold
from tenants.registry.console import MadeInTenant
from tenants.users import accounts
from tenants.users.admin.forms import ROLES, NewUserForm, UserForm, roles_field
from tenants.users.models import Group, Identifier, Role, User

# So many matches of a beginning are looked at; whoever has more types one letter more.
_MATCHES_MOST: Final = 1_000
_GROUPS_SHOWN: Final = 20


class StateFilter(ChoiceFilter):
    """Who may sign in."""

    title = _("State")
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Three states."""
        return [
            ("active", _("Active")),
            ("unverified", _("Not verified")),
            ("disabled", _("Deactivated")),
        ]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """People in this state."""
        match value:
            case "active":
                return queryset.filter(is_disabled=False)
            case "unverified":
                return queryset.filter(is_disabled=False, is_verified=False)
            case _:
                return queryset.filter(is_disabled=True)


class RoleFilter(ChoiceFilter):
    """Who may do more than use applications."""

    title = _("Role")
    parameter_name = "role"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Every role that this visitor meets."""
        is_operator = visitor_of(request).is_operator
        return [
            (str(role), title)
            for role, title in ROLES.items()
            if is_operator or role != Role.PLATFORM_OPERATOR
        ]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """People with this role."""
        return queryset.filter(roles__contains=[value])


def _deactivate(request: HttpRequest, user: User, _data: Mapping[str, Any]) -> Done:
    row = accounts.deactivate(user=user, actor=visitor_of(request).actor)
    return Done(_("Deactivated: sessions, tokens and keys stopped working."), row)


def _reactivate(request: HttpRequest, user: User, _data: Mapping[str, Any]) -> Done:
    row = accounts.reactivate(user=user, actor=visitor_of(request).actor)
    return Done(_("May sign in again."), row)


def _verify(request: HttpRequest, user: User, _data: Mapping[str, Any]) -> Done:
    row = accounts.mark_verified(user=user, actor=visitor_of(request).actor)
    return Done(_("The e-mail address counts as verified."), row)


def _delete(request: HttpRequest, user: User, _data: Mapping[str, Any]) -> Done:
    accounts.delete(user=user, actor=visitor_of(request).actor)
    return Done(_("The person is deleted."))


@admin.register(User, site=site)
class UserAdmin(MadeInTenant):
    """People of a tenant."""

    section = Section.PEOPLE
    names = (_("user"), _("users"))
    may_add = True
    may_change = True
    add_form = NewUserForm
    form = UserForm
    add_fieldsets = (
        (None, {"fields": ("username", "email", "name", "is_verified")}),
        (_("Roles"), {"fields": ("roles",)}),
    )
    fieldsets = (
        (None, {"fields": ("username", "email", "is_verified", "name", "state")}),
        (_("Roles"), {"fields": ("roles",)}),
        (_("Language and place"), {"fields": ("locale", "zoneinfo"), "classes": ("collapse",)}),
        (_("Identifiers"), {"fields": ("subject", "user_id", "external_id", "created", "seen")}),
    )
    readonly_fields = ("state", "subject", "user_id", "created", "seen")
    list_display = ("username_shown", "email_shown", "state", "roles_shown", "seen")
    list_filter = (StateFilter, RoleFilter)
    list_select_related = ("tenant",)
    search_fields = ("username",)
    search_help_text = _("User name or e-mail address from the start, or an id in full")
    empty_title = _("Nobody here yet")
    empty_text = _("People appear when they are added here, provisioned, or register themselves.")
    acts = (
        Act(
            "deactivate",
            _("Deactivate"),
            _deactivate,
            question=_("Cannot sign in any more; sessions, tokens and API keys stop working now."),
            is_dangerous=True,
            is_bulk=True,
            may=lambda _request, user: not user.is_disabled,
        ),
        Act(
            "reactivate",
            _("Activate again"),
            _reactivate,
            question=_("May sign in again. Sessions that ended stay ended."),
            is_bulk=True,
            may=lambda _request, user: user.is_disabled,
        ),
        Act(
            "verify",
            _("Mark as verified"),
            _verify,
            question=_("The e-mail address counts as this person's own without a mail to it."),
            may=lambda _request, user: not user.is_verified,
        ),
        Act(
            "remove",
            _("Delete"),
            _delete,
            question=_("The person and all that is theirs are deleted for good."),
            is_dangerous=True,
        ),
    )

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        """The roles that exist where the person is: operators exist in the platform's tenant only."""
        form = super().get_form(request, obj, change, **kwargs)
        is_platform = obj.tenant.is_platform if obj else visitor_of(request).is_operator
        choices = [
            (str(role), title)
            for role, title in ROLES.items()
            if is_platform or role != Role.PLATFORM_OPERATOR
        ]
        return type(form.__name__, (form,), {"roles": roles_field(choices)})

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By folded names from their beginning, or by `sub` or `user_id` in full."""
        key = fold(text)
        named = Identifier.objects.filter(key__gte=key, key__lt=key + "\U0010ffff")
        # Ids first: joined by OR to another condition, the subquery would read the whole table.
        ids = set(named.values_list("user_id", flat=True)[:_MATCHES_MOST])
        with suppress(ValueError):
            ids.add(UUID(text))
        if not ids:
            return queryset.filter(public_id=text)
        return queryset.filter(pk__in=ids)

    def add(self, request: HttpRequest, data: Mapping[str, Any]) -> Done:
        """Make the person."""
        user = accounts.create(
            tenant=self.tenant_of(request, data),
            username=data["username"],
            email=data["email"],
            name=data["name"],
            is_verified=data["is_verified"],
            roles=data["roles"],
            actor=self.actor(request),
        )
        return Done(_("The user is there, and cannot sign in before a password is set."), user)

    def change(self, request: HttpRequest, obj: User, data: Mapping[str, Any]) -> Done:
        """Store what was typed."""
        user = accounts.update(
            user=obj,
            username=data["username"],
            email=data["email"],
            name=data["name"],
            is_verified=data["is_verified"],
            locale=data["locale"] or None,
            zoneinfo=data["zoneinfo"] or None,
            roles=data["roles"],
            external_id=data["external_id"] or None,
            actor=self.actor(request),
        )
        return Done(_("Saved."), user)

    def heading(self, obj: User) -> str:
        """Whose person."""
        return gettext("User of %(tenant)s") % {"tenant": obj.tenant}

    def tables(self, request: HttpRequest, obj: User) -> Sequence[Table]:
        """The groups."""
        groups = Group.objects.having(obj).order_by("name_key")[:_GROUPS_SHOWN]
        rows = [
            (link(group.display_name, reverse("admin:users_group_change", args=[group.pk])),)
            for group in groups
        ]
        return (Table(_("Groups"), (_("Group"),), rows, _("In no group.")),)

    username_shown = column("username", _("User name"))
    email_shown = column("email", _("E-mail address"))

    @admin.display(description=_("State"))
    def state(self, obj: User) -> str:
        """Whether they may sign in."""
        if obj.is_disabled:
            return pill(gettext("Deactivated"), "bad", "x")
        if not obj.is_verified:
            return pill(gettext("Not verified"), "warn", "mail")
        return pill(gettext("Active"), "ok", "check")

    @admin.display(description=_("Roles"))
    def roles_shown(self, obj: User) -> str:
        """In words."""
        return listed(title for role, title in ROLES.items() if role in obj.roles)

    @admin.display(description=_("Last sign-in"))
    def seen(self, obj: User) -> str:
        """When."""
        return moment(obj.last_sign_in_at)

    @admin.display(description=_("Created"))
    def created(self, obj: User) -> str:
        """When."""
        return moment(obj.created_at)

    @admin.display(description=_("Subject (sub)"))
    def subject(self, obj: User) -> str:
        """What applications know the person by."""
        return code(obj.pk)

    @admin.display(description=_("User id"))
    def user_id(self, obj: User) -> str:
        """The wire's name of the person."""
        return code(obj.public_id)
