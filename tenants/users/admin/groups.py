"""Groups and who is in them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.console.acting import Act, Done
from identity.console.display import column, link, moment
from identity.console.door import visitor_of
from identity.console.forms import CommandForm, text_input
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from identity.kernel.errors import Invalid
from identity.kernel.text import fold
from tenants.registry.console import MadeInTenant
from tenants.users import groups, identifiers
from tenants.users.models import Group, User

_MEMBERS_SHOWN: Final = 100


class GroupForm(CommandForm):
    """What a group is called."""

    display_name = forms.CharField(label=_("Name"), max_length=256, widget=text_input())
    external_id = forms.CharField(
        label=_("External id"), max_length=256, required=False, widget=text_input()
    )


class MemberForm(forms.Form):
    """Somebody by name."""

    member = forms.CharField(
        label=_("User name or e-mail address"),
        max_length=512,
        widget=text_input(autocapitalize="none", spellcheck="false", autocomplete="off"),
    )


def _member(group: Group, data: Mapping[str, Any]) -> User:
    user = identifiers.find(tenant=group.tenant, text=data["member"])
    if user is None:
        raise Invalid("member", "is nobody of this tenant")
    return user


def _add_member(request: HttpRequest, group: Group, data: Mapping[str, Any]) -> Done:
    user = _member(group, data)
    row = groups.add_members(group=group, members=[user], actor=visitor_of(request).actor)
    return Done(gettext("%(name)s is in the group.") % {"name": user}, row)


def _remove_member(request: HttpRequest, group: Group, data: Mapping[str, Any]) -> Done:
    user = _member(group, data)
    row = groups.remove_members(group=group, members=[user], actor=visitor_of(request).actor)
    return Done(gettext("%(name)s is not in the group any more.") % {"name": user}, row)


def _delete(request: HttpRequest, group: Group, _data: Mapping[str, Any]) -> Done:
    groups.delete(group=group, actor=visitor_of(request).actor)
    return Done(_("The group is deleted."))


@admin.register(Group, site=site)
class GroupAdmin(MadeInTenant):
    """Groups of a tenant."""

    section = Section.PEOPLE
    names = (_("group"), _("groups"))
    may_add = True
    may_change = True
    form = GroupForm
    add_form = GroupForm
    add_fieldsets = ((None, {"fields": ("display_name", "external_id")}),)
    fieldsets = ((None, {"fields": ("display_name", "external_id", "created")}),)
    readonly_fields = ("created",)
    list_display = ("name_shown", "external_id", "created")
    list_select_related = ("tenant",)
    search_fields = ("name_key",)
    search_help_text = _("Name, from the start")
    empty_title = _("No groups yet")
    empty_text = _("Groups appear when they are added here, provisioned, or come by SCIM.")
    acts = (
        Act("add-member", _("Add a member"), _add_member, form=MemberForm),
        Act("remove-member", _("Take a member out"), _remove_member, form=MemberForm),
        Act(
            "remove",
            _("Delete"),
            _delete,
            question=_("The group is deleted; its members are still there."),
            is_dangerous=True,
            is_bulk=True,
        ),
    )

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the beginning of the folded name."""
        key = fold(text)
        return queryset.filter(name_key__gte=key, name_key__lt=key + "\U0010ffff")

    def add(self, request: HttpRequest, data: Mapping[str, Any]) -> Done:
        """Make the group."""
        group = groups.create(
            tenant=self.tenant_of(request, data),
            display_name=data["display_name"],
            external_id=data["external_id"] or None,
            actor=self.actor(request),
        )
        return Done(_("The group is there."), group)

    def change(self, request: HttpRequest, obj: Group, data: Mapping[str, Any]) -> Done:
        """Name it anew."""
        group = groups.update(
            group=obj,
            display_name=data["display_name"],
            external_id=data["external_id"],
            actor=self.actor(request),
        )
        return Done(_("Saved."), group)

    def heading(self, obj: Group) -> str:
        """Whose group."""
        return gettext("Group of %(tenant)s") % {"tenant": obj.tenant}

    def tables(self, request: HttpRequest, obj: Group) -> Sequence[Table]:
        """The members, as many as a page bears."""
        found = obj.memberships.select_related("user").order_by("-id")[:_MEMBERS_SHOWN]
        rows = [
            (
                link(each.user, reverse("admin:users_user_change", args=[each.user_id])),
                each.user.email,
                moment(each.added_at),
            )
            for each in found
        ]
        columns = (_("User"), _("E-mail address"), _("Since"))
        title = _("Members") if len(rows) < _MEMBERS_SHOWN else _("The newest 100 members")
        return (Table(title, columns, rows, _("Nobody is in this group.")),)

    name_shown = column("display_name", _("Name"))

    @admin.display(description=_("Created"))
    def created(self, obj: Group) -> str:
        """When."""
        return moment(obj.created_at)
