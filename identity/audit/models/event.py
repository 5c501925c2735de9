"""One thing that happened. The table is append-only: nobody may change or delete a row, except
that the platform's role may empty `facts`."""

from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

from django.db import models
from django.db.models import Func, Q

from identity.kernel.identifiers import uuid7

# Under this id stands what concerns the whole installation: the column is never empty, so that
# row-level security and the chains know no special case.
NO_TENANT: Final = UUID(int=0)


class Outcome(models.TextChoices):
    """How it ended."""

    SUCCESS = "success"
    FAILURE = "failure"  # a proof was wrong
    REFUSED = "refused"  # a rule said no


class EventQuerySet(models.QuerySet["Event"]):
    """Reads for the console. Each combination is served by an index; no page counts rows."""

    def of(self, tenant_id: UUID) -> Self:
        """Events of one tenant."""
        return self.filter(tenant_id=tenant_id)

    def typed(self, *names: str) -> Self:
        """Events of these types."""
        return self.filter(type__in=names)

    def about(self, subject_id: UUID) -> Self:
        """Events whose subject this is."""
        return self.filter(subject_id=subject_id)

    def by(self, actor_id: UUID) -> Self:
        """Events that this principal caused."""
        return self.filter(actor_id=actor_id)

    def between(self, start: datetime | None, end: datetime | None) -> Self:
        """Events from `start` on and before `end`."""
        found = self if start is None else self.filter(recorded_at__gte=start)
        return found if end is None else found.filter(recorded_at__lt=end)

    def newest_first(self) -> Self:
        """The console's order."""
        return self.order_by("-recorded_at", "-id")

    def older_than(self, recorded_at: datetime, event_id: UUID) -> Self:
        """What follows the row with this key in `newest_first` (keyset paging)."""
        return self.filter(recorded_at__lte=recorded_at).exclude(
            recorded_at=recorded_at, id__gte=event_id
        )


class Event(models.Model):
    """Plain ids instead of foreign keys: the log outlives what it describes.

    `facts` holds what is personal, as `{name: [salt in base64, value]}`; `fact_digests` holds
    `{name: HMAC in hex}` for good, and only that is part of the chain.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    # The database's clock at the moment of the statement: one clock for all web processes.
    recorded_at = models.DateTimeField(db_default=Func(function="clock_timestamp"), editable=False)
    type = models.CharField(max_length=64, db_collation="C")
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.SUCCESS)
    reason = models.CharField(max_length=64, blank=True, default="")
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    # The user behind an API key, and the tenant a principal from elsewhere comes from.
    actor_owner_id = models.UUIDField(null=True)
    actor_tenant_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=32, blank=True, default="")
    subject_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")
    data = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    fact_digests = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index("recorded_at", "id", name="audit_event_newest"),
            models.Index("tenant_id", "recorded_at", "id", name="audit_event_of_tenant"),
            models.Index("tenant_id", "type", "recorded_at", name="audit_event_typed"),
            models.Index(
                "tenant_id", "subject_id", "recorded_at",
                name="audit_event_about", condition=Q(subject_id__isnull=False),
            ),
            models.Index(
                "tenant_id", "actor_id", "recorded_at",
                name="audit_event_by", condition=Q(actor_id__isnull=False),
            ),
            models.Index(
                "tenant_id", "actor_owner_id",
                name="audit_event_by_owner", condition=Q(actor_owner_id__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    def fact(self, name: str) -> str:
        """The personal fact of this name; empty when there is none or it was erased."""
        entry = self.facts.get(name)
        return str(entry[1]) if entry else ""

    @property
    def erased_facts(self) -> list[str]:
        """Names of facts that were recorded and are erased by now."""
        return sorted(self.fact_digests.keys() - self.facts.keys())
