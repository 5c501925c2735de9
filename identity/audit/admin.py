"""The audit trail in the console: newest first, read-only, and whether the record is whole."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.audit import chain_state
from identity.audit.catalogue import title_of
from identity.audit.filtering import (
    OUTCOMES,
    ActorFilter,
    DayFilter,
    OutcomeFilter,
    PeriodFilter,
    SubjectFilter,
    TypeFilter,
)
from identity.audit.models import NO_TENANT, Event, Outcome, Seal
from identity.console import tenants
from identity.console.bases import CommandAdmin
from identity.console.display import code, moment, pill
from identity.console.door import visitor_of
from identity.console.sections import Section
from identity.console.site import site
from identity.console.tables import Table


@admin.register(Event, site=site)
class EventAdmin(CommandAdmin):
    """Events: nobody changes them."""

    section = Section.OPERATION
    names = (_("audit entry"), _("audit entries"))
    keyset = ("-recorded_at", "-id")
    list_display = (
        "when",
        "event",
        "actor_shown",
        "subject_shown",
        "address",
        "outcome_shown",
        "seal",
    )
    list_filter = (PeriodFilter, OutcomeFilter, TypeFilter, DayFilter, SubjectFilter, ActorFilter)
    search_fields = ("id",)
    search_help_text = _("Id of an entry, a person, an object or a request, in full")
    empty_title = _("Nothing happened yet")
    empty_text = _("An entry appears with every sign-in, change and refusal.")
    fieldsets = (
        (None, {"fields": ("when", "event", "type", "outcome_shown", "reason")}),
        (_("Who"), {"fields": ("actor_shown", "actor_kind", "actor_id_shown", "address", "agent")}),
        (_("About"), {"fields": ("subject_shown", "subject_kind", "subject_id_shown")}),
        (_("Seal"), {"fields": ("seal", "event_id", "request_id")}),
    )
    readonly_fields = (
        *("when", "event", "type", "outcome_shown", "reason", "actor_shown", "actor_kind"),
        *("actor_id_shown", "address", "agent", "subject_shown", "subject_kind"),
        *("subject_id_shown", "seal", "event_id", "request_id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with the number of its batch, found by primary key."""
        seals = Seal.objects.filter(event_id=OuterRef("id")).values("batch_number")[:1]
        rows: QuerySet[Any] = super().get_queryset(request)
        found: QuerySet[Any] = rows.annotate(batch_number=Subquery(seals))
        return found

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By an id in full."""
        try:
            wanted = UUID(text)
        except ValueError:
            return queryset.filter(request_id=text[:64])
        return queryset.filter(Q(pk=wanted) | Q(subject_id=wanted) | Q(actor_id=wanted))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Under the state of the chain that is looked at."""
        visitor = visitor_of(request)
        tenant_id: UUID | None = visitor.tenant_id
        if visitor.is_operator:
            name = request.GET.get(tenants.TenantFilter.parameter_name, "").strip()
            tenant_id = tenants.id_of(name) if name else None
        state = chain_state.of_all() if tenant_id is None else chain_state.of(tenant_id)
        return super().changelist_view(
            request, {"banner": state, "title": _("Audit trail"), **(extra_context or {})}
        )

    def tables(self, request: HttpRequest, obj: Event) -> Sequence[Table]:
        """What it holds besides: personal facts, erased ones by name, and data."""
        facts = [(name, obj.fact(name)) for name in sorted(obj.facts)]
        facts += [(name, pill(gettext("Erased"))) for name in obj.erased_facts]
        data = [(name, code(value)) for name, value in sorted(obj.data.items())]
        columns = (_("Name"), _("Value"))
        return (
            Table(_("Personal facts"), columns, facts, _("None.")),
            Table(_("Data"), columns, data, _("None.")),
        )

    def heading(self, obj: Event) -> str:
        """When."""
        return f"{obj.recorded_at:%Y-%m-%d %H:%M:%S} UTC"

    def label(self, obj: Event) -> str:
        """What happened."""
        return title_of(obj.type)

    @admin.display(description=_("When"))
    def when(self, obj: Event) -> str:
        """To the second."""
        return moment(obj.recorded_at)

    @admin.display(description=_("Event"))
    def event(self, obj: Event) -> str:
        """What happened, in words."""
        return title_of(obj.type)

    @admin.display(description=_("Actor"))
    def actor_shown(self, obj: Event) -> str:
        """Who, by name where it is not erased."""
        return obj.fact("actor.label") or obj.actor_kind.replace("_", " ")

    @admin.display(description=_("Actor's id"))
    def actor_id_shown(self, obj: Event) -> str:
        """Leads to all that it did."""
        return _filtered("actor", obj.actor_id)

    @admin.display(description=_("Subject"))
    def subject_shown(self, obj: Event) -> str:
        """What it was about."""
        return obj.fact("subject.label") or obj.subject_kind.replace("_", " ") or "–"

    @admin.display(description=_("Subject's id"))
    def subject_id_shown(self, obj: Event) -> str:
        """Leads to all that happened to it."""
        return _filtered("subject", obj.subject_id)

    @admin.display(description=_("Address"))
    def address(self, obj: Event) -> str:
        """Where from."""
        return code(obj.fact("actor.ip"))

    @admin.display(description=_("Browser"))
    def agent(self, obj: Event) -> str:
        """With what."""
        return obj.fact("actor.user_agent") or "–"

    @admin.display(description=_("Outcome"))
    def outcome_shown(self, obj: Event) -> str:
        """How it ended."""
        words, tone, icon = OUTCOMES[Outcome(obj.outcome)]
        return pill(words, tone, icon)

    @admin.display(description=_("Seal"))
    def seal(self, obj: Any) -> str:
        """The batch that holds it."""
        if obj.batch_number is None:
            return pill(gettext("waiting"))
        return format_html('<span class="mono muted">#{}</span>', obj.batch_number)

    @admin.display(description=_("Entry"))
    def event_id(self, obj: Event) -> str:
        """Its id."""
        return code(obj.pk)


def _list_url(**parameters: str) -> str:
    return f"{reverse('admin:audit_event_changelist')}?{urlencode(parameters)}"


def _filtered(name: str, wanted: UUID | None) -> str:
    if wanted is None:
        return "–"
    return format_html('<a href="{}"><code>{}</code></a>', _list_url(**{name: str(wanted)}), wanted)


def _history_of(obj: Model) -> str:
    if isinstance(obj, Event):
        return ""
    parameters = {"subject": str(obj.pk)}
    tenant_id = getattr(obj, "tenant_id", None)
    if isinstance(tenant_id, UUID) and tenant_id != NO_TENANT:
        # The index that finds a subject leads with the tenant.
        parameters["tenant"] = tenants.name_of(tenant_id)
    return _list_url(**parameters)


site.tell_history(_history_of)
