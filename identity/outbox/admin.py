"""The outbox in the console: what waits, what was given up, and trying it again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from identity.console import panels
from identity.console.bases import CommandAdmin
from identity.console.display import code, moment, pill
from identity.console.door import Visitor
from identity.console.filters import ChoiceFilter, SelectFilter
from identity.console.sections import Section
from identity.console.site import site
from identity.outbox import handlers
from identity.outbox.models import Job, Message

_COUNTED_MOST: Final = 1_000
# A relay takes what is due within a second or two; what waits longer is worth a look.
_SLOW: Final = timedelta(minutes=2)
_TOPICS_SHOWN: Final = 4
_LATE: Final = timedelta(minutes=10)


class StateFilter(ChoiceFilter):
    """Where a message stands."""

    title = _("State")
    parameter_name = "state"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Three."""
        return [("open", _("Waiting")), ("dead", _("Given up")), ("done", _("Delivered"))]

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Messages in this state."""
        match value:
            case "open":
                return queryset.filter(done_at__isnull=True, dead_at__isnull=True)
            case "dead":
                return queryset.filter(dead_at__isnull=False)
            case _:
                return queryset.filter(done_at__isnull=False)


class TopicFilter(SelectFilter):
    """What a message is for."""

    title = _("Topic")
    parameter_name = "topic"

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Every topic that somebody handles."""
        return list(handlers.titles().items())

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Messages of this topic."""
        return queryset.filter(topic=value)


@admin.register(Message, site=site)
class MessageAdmin(CommandAdmin):
    """Messages to the outside world; operators only. Payloads, which hold addresses, are not shown."""

    section = Section.OPERATION
    names = (_("message"), _("outbox messages"))
    is_for_operators = True
    list_display = ("topic_shown", "destination", "state_shown", "attempts", "created", "due")
    list_filter = (StateFilter, TopicFilter)
    empty_title = _("Nothing was sent yet")
    empty_text = _(
        "Mails, webhooks and sign-outs to applications wait here until they are delivered."
    )
    fieldsets = (
        (None, {"fields": ("topic_shown", "destination", "state_shown", "attempts", "last_error")}),
        (_("Times"), {"fields": ("created", "due", "delivered", "given_up")}),
        (_("Identifiers"), {"fields": ("message_id", "about")}),
    )
    readonly_fields = (
        *("topic_shown", "destination", "state_shown", "attempts", "last_error", "created", "due"),
        *("delivered", "given_up", "message_id", "about"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without payloads."""
        return super().get_queryset(request).defer("payload")

    def label(self, obj: Message) -> str:
        """What it is for."""
        return self.topic_shown(obj)

    @admin.display(description=_("Topic"))
    def topic_shown(self, obj: Message) -> str:
        """What it is for."""
        return handlers.titles().get(obj.topic, obj.topic)

    @admin.display(description=_("State"))
    def state_shown(self, obj: Message) -> str:
        """In a word."""
        match obj.state:
            case "delivered":
                return pill(gettext("Delivered"), "ok", "check")
            case "dead":
                return pill(gettext("Given up"), "bad", "x")
            case "retrying":
                return pill(gettext("Trying again"), "warn", "refresh")
            case "on its way":
                return pill(gettext("On its way"))
            case _:
                return pill(gettext("Waiting"), "", "clock")

    @admin.display(description=_("Created"))
    def created(self, obj: Message) -> str:
        """When."""
        return moment(obj.created_at)

    @admin.display(description=_("Due"))
    def due(self, obj: Message) -> str:
        """When it is tried next."""
        return "–" if obj.done_at or obj.dead_at else moment(obj.available_at)

    @admin.display(description=_("Delivered"))
    def delivered(self, obj: Message) -> str:
        """When."""
        return moment(obj.done_at)

    @admin.display(description=_("Given up"))
    def given_up(self, obj: Message) -> str:
        """When."""
        return moment(obj.dead_at)

    @admin.display(description=_("Message id"))
    def message_id(self, obj: Message) -> str:
        """Under which its receiver recognises a repetition."""
        return code(obj.pk)


@admin.register(Job, site=site)
class JobAdmin(CommandAdmin):
    """Periodic jobs; operators only."""

    section = Section.OPERATION
    names = (_("periodic job"), _("periodic jobs"))
    is_for_operators = True
    tenant_column = ""
    keyset = ("name",)
    list_display = ("name", "state_shown", "due", "finished")
    empty_title = _("No job ran yet")
    empty_text = _("Jobs appear when a worker starts: run one.")
    fieldsets = (
        (None, {"fields": ("name", "state_shown", "failures_in_a_row", "last_error")}),
        (_("Times"), {"fields": ("due", "started", "finished")}),
    )
    readonly_fields = (
        *("name", "state_shown", "failures_in_a_row", "last_error", "due", "started", "finished"),
    )

    @admin.display(description=_("State"))
    def state_shown(self, obj: Job) -> str:
        """Whether it does what it should."""
        if obj.failures_in_a_row:
            return pill(gettext("Failing"), "bad", "x")
        if obj.due_at < timezone.now() - _LATE:
            return pill(gettext("Late"), "warn", "clock")
        return pill(gettext("Fine"), "ok", "check")

    @admin.display(description=_("Due"))
    def due(self, obj: Job) -> str:
        """When next."""
        return moment(obj.due_at)

    @admin.display(description=_("Started"))
    def started(self, obj: Job) -> str:
        """When last."""
        return moment(obj.started_at)

    @admin.display(description=_("Finished"))
    def finished(self, obj: Job) -> str:
        """When last."""
        return moment(obj.finished_at)


def _waiting(visitor: Visitor) -> panels.Panel | None:
    if not visitor.is_operator:
        return None
    now = timezone.now()
    waiting = Message.objects.open().order_by()[:_COUNTED_MOST].count()
    oldest = Message.objects.due(now).order_by("available_at").values_list("available_at").first()
    dead = Message.objects.dead().order_by()[:_COUNTED_MOST].count()
    note: str = ""
    tone = ""
    if dead:
        note, tone = ngettext("%d given up", "%d given up", dead) % dead, "bad"
    elif oldest and now - oldest[0] > _SLOW:
        note, tone = gettext("oldest %(age)s") % {"age": timesince(oldest[0])}, "warn"
    url = reverse("admin:outbox_message_changelist")
    return panels.Tile(
        label=_("Waiting to be sent"),
        value=waiting,
        note=note or gettext("moving"),
        tone=tone or "ok",
        url=f"{url}?state={'dead' if dead else 'open'}",
    )


def _by_topic(visitor: Visitor) -> panels.Panel | None:
    if not visitor.is_operator:
        return None
    taken = Message.objects.open().order_by("available_at")[:_COUNTED_MOST]
    waiting: dict[str, list[Any]] = {}
    for topic, available_at in taken.values_list("topic", "available_at"):
        waiting.setdefault(topic, []).append(available_at)
    titles = handlers.titles()
    now = timezone.now()
    rows = []
    for topic, times in sorted(waiting.items(), key=lambda item: -len(item[1]))[:_TOPICS_SHOWN]:
        is_slow = now - min(times) > _SLOW
        text = ngettext("%d waiting", "%d waiting", len(times)) % len(times)
        rows.append(
            panels.Row(
                title=titles.get(topic, topic),
                text=text,
                icon="mail" if topic.startswith("mail.") else "out",
                badge=_("Slow") if is_slow else _("Moving"),
                tone="warn" if is_slow else "ok",
            )
        )
    return panels.Rows(
        title=_("Outbox"),
        rows=rows,
        empty=_("Nothing waits to be sent."),
        more_url=reverse("admin:outbox_message_changelist"),
    )


panels.register("outbox-waiting", _waiting, place=40)
panels.register("outbox", _by_topic, place=70)
