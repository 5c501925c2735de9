"""Blocks in the console: who is stopped now, who was, and lifting it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from authn.blocking import blocks
from authn.blocking.models import Block, SubjectKind
from identity.console import extending, panels
from identity.console.acting import Act, Done
from identity.console.bases import CommandAdmin
from identity.console.display import code, link, moment, pill
from identity.console.door import Visitor, visitor_of
from identity.console.filters import ChoiceFilter
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table
from tenants.users.models import User

_KINDS: Final = {
    SubjectKind.ADDRESS: (_("Address"), "globe"),
    SubjectKind.USER: (_("User"), "user"),
    SubjectKind.DEVICE: (_("Device"), "laptop"),
    SubjectKind.CLIENT: (_("Client"), "link"),
}
_NOW_SHOWN: Final = 5
_COUNTED_MOST: Final = 1_000
_OF_USER_SHOWN: Final = 10


class StandingFilter(ChoiceFilter):
    """Running or history."""

    title = _("Standing")
    parameter_name = "standing"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Two."""
        return [("now", _("Blocked now")), ("over", _("Over"))]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The blocks that stand, or those that stood."""
        now = timezone.now()
        if value == "now":
            return queryset.filter(lifted_at=None, ends_at__gt=now)
        return queryset.filter(Q(ends_at__lte=now) | Q(lifted_at__isnull=False))


class KindFilter(ChoiceFilter):
    """What was counted."""

    title = _("Of what")
    parameter_name = "kind"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Every kind."""
        return [(str(kind.value), title) for kind, (title, _icon) in _KINDS.items()]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Blocks of this kind."""
        return queryset.filter(kind=value)


def _is_running(block: Block) -> bool:
    return block.lifted_at is None and block.ends_at > timezone.now()


def _lift(request: HttpRequest, block: Block, _data: Mapping[str, Any]) -> Done:
    blocks.lift(block=block, actor=visitor_of(request).actor)
    return Done(_("The block is lifted; counting begins at zero."), block)


@admin.register(Block, site=site)
class BlockAdmin(CommandAdmin):
    """Blocks of a tenant, kept for 30 days."""

    section = Section.SECURITY
    names = (_("block"), _("blocks"))
    list_display = ("subject_shown", "kind_shown", "standing", "began", "ends")
    list_filter = (StandingFilter, KindFilter)
    list_select_related = ("user",)
    search_fields = ("subject",)
    search_help_text = _("Address or id, in full")
    empty_title = _("Nobody is blocked")
    empty_text = _("Blocks appear after too many wrong proofs, and end by themselves.")
    fieldsets = (
        (None, {"fields": ("subject_shown", "kind_shown", "method", "standing")}),
        (_("Times"), {"fields": ("began", "length", "ends", "lifted", "lifted_by")}),
    )
    readonly_fields = (
        *("subject_shown", "kind_shown", "method", "standing"),
        *("began", "length", "ends", "lifted", "lifted_by"),
    )
    acts = (
        Act(
            "lift",
            _("Lift"),
            _lift,
            question=_("May try again at once; the next block begins at its shortest."),
            is_bulk=True,
            may=lambda _request, block: _is_running(block),
        ),
    )

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By subject."""
        return queryset.filter(kind__in=SubjectKind.values, subject=text[:64])

    def label(self, obj: Block) -> str:
        """A person by name, anything else as it was counted."""
        return str(obj.user) if obj.user else obj.subject

    def heading(self, obj: Block) -> str:
        """What was counted."""
        return gettext("Block: %(kind)s") % {"kind": _KINDS[SubjectKind(obj.kind)][0]}

    @admin.display(description=_("Blocked"))
    def subject_shown(self, obj: Block) -> str:
        """A person by name, anything else as it was counted."""
        return str(obj.user) if obj.user else code(obj.subject)

    @admin.display(description=_("Of what"))
    def kind_shown(self, obj: Block) -> str:
        """In a word."""
        return str(_KINDS[SubjectKind(obj.kind)][0])

    @admin.display(description=_("Standing"))
    def standing(self, obj: Block) -> str:
        """Now or over."""
        if obj.lifted_at is not None:
            return pill(gettext("Lifted"), "", "check")
        if _is_running(obj):
            return pill(gettext("Blocked now"), "warn", "lock")
        return pill(gettext("Over"))

    @admin.display(description=_("Began"))
    def began(self, obj: Block) -> str:
        """When."""
        return moment(obj.blocked_at)

    @admin.display(description=_("Ends"))
    def ends(self, obj: Block) -> str:
        """When."""
        return moment(obj.ends_at)

    @admin.display(description=_("Length"))
    def length(self, obj: Block) -> str:
        """How long it was to be."""
        return ngettext("%d second", "%d seconds", obj.block_seconds) % obj.block_seconds

    @admin.display(description=_("Lifted"))
    def lifted(self, obj: Block) -> str:
        """When."""
        return moment(obj.lifted_at)


def _running(visitor: Visitor) -> QuerySet[Block]:
    rows = Block.objects.filter(lifted_at=None, ends_at__gt=timezone.now())
    return rows if visitor.is_operator else rows.filter(tenant_id=visitor.tenant_id)


def _tile(visitor: Visitor) -> panels.Panel:
    counted = _running(visitor).order_by()[:_COUNTED_MOST].values("id")
    kinds = dict(
        Block.objects.filter(id__in=counted).values_list("kind").annotate(n=Count("id")).order_by()
    )
    users, addresses = kinds.get(SubjectKind.USER, 0), kinds.get(SubjectKind.ADDRESS, 0)
    parts = [
        ngettext("%d address", "%d addresses", addresses) % addresses,
        ngettext("%d user", "%d users", users) % users,
    ]
    url = reverse("admin:blocking_block_changelist")
    return panels.Tile(
        label=_("Blocked now"),
        value=sum(kinds.values()),
        note=", ".join(parts) if kinds else gettext("nobody"),
        tone="warn" if kinds else "",
        url=f"{url}?standing=now",
    )


def _just_now(visitor: Visitor) -> panels.Panel:
    rows = [
        panels.Row(
            title=str(block.user) if block.user else block.subject,
            text=gettext("%(kind)s, %(left)s left")
            % {"kind": _KINDS[SubjectKind(block.kind)][0], "left": timeuntil(block.ends_at)},
            icon=_KINDS[SubjectKind(block.kind)][1],
            link=_("Lift"),
            link_url=reverse("admin:blocking_block_lift", args=[block.pk]),
        )
        for block in _running(visitor).select_related("user").order_by("-id")[:_NOW_SHOWN]
    ]
    return panels.Rows(
        title=_("Blocked just now"),
        rows=rows,
        empty=_("Nobody is blocked."),
        more_url=reverse("admin:blocking_block_changelist"),
    )


def _of_user(_request: HttpRequest, user: User) -> Table:
    found = Block.objects.filter(tenant_id=user.tenant_id, user=user).order_by("-id")
    page = site.get_model_admin(Block)
    rows = [
        (
            link(moment(block.blocked_at), reverse("admin:blocking_block_change", args=[block.pk])),
            moment(block.ends_at),
            page.standing(block),  # type: ignore[attr-defined]  # the class above
        )
        for block in found[:_OF_USER_SHOWN]
    ]
    columns = (_("Began"), _("Ends"), _("Standing"))
    return Table(_("Blocks"), columns, rows, _("Not blocked in the last 30 days."))


panels.register("blocked", _tile, place=30)
panels.register("blocked-now", _just_now, place=80)
extending.add_table(User, _of_user)
