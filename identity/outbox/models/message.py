"""One effect on the outside world, written in the transaction that causes it."""

from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from identity.kernel.identifiers import uuid7

# Under this id stands what no tenant causes: the column is never empty.
NO_TENANT: Final = UUID(int=0)

IS_OPEN: Final = Q(done_at__isnull=True, dead_at__isnull=True)


class MessageQuerySet(models.QuerySet["Message"]):
    """Reads for the console and for watching."""

    def of(self, tenant_id: UUID) -> Self:
        """Messages of one tenant."""
        return self.filter(tenant_id=tenant_id)

    def open(self) -> Self:
        """Neither delivered nor given up."""
        return self.filter(IS_OPEN)

    def due(self, at: datetime) -> Self:
        """Open, and nobody delivers them at this moment although somebody should."""
        return self.open().filter(available_at__lte=at)

    def dead(self) -> Self:
        """Given up: an operator looks at them."""
        return self.filter(dead_at__isnull=False)


class Message(models.Model):
    """`available_at` is when a relay may take the message. A claim moves it to the end of the
    claim's lease, so that one index answers both "not yet" and "in somebody's hands"."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    topic = models.CharField(max_length=64, db_collation="C")
    # Messages to one destination of one tenant share a lane: a dead receiver blocks only its lane.
    destination = models.CharField(max_length=255, blank=True, default="", db_collation="C")
    # Whom it is about, as the caller names it, for limits such as mails per hour.
    about = models.CharField(max_length=64, blank=True, default="", db_collation="C")
    dedupe_key = models.CharField(max_length=200, null=True, db_collation="C")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    available_at = models.DateTimeField(db_default=Now())
    lease_token = models.UUIDField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Several NULLs do not collide.
            models.UniqueConstraint(
                fields=["tenant_id", "dedupe_key"], name="outbox_message_dedupe"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(dead_at__isnull=True),
                name="outbox_message_one_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                "tenant_id", "destination", "available_at",
                name="outbox_message_lane", condition=IS_OPEN,
            ),
            models.Index("available_at", name="outbox_message_due", condition=IS_OPEN),
            models.Index(
                "available_at",
                name="outbox_message_leased",
                condition=IS_OPEN & Q(lease_token__isnull=False),
            ),
            models.Index(
                "tenant_id", "topic", "about", "created_at",
                name="outbox_message_about", condition=~Q(about=""),
            ),
            models.Index("tenant_id", "id", name="outbox_message_of_tenant"),
            models.Index(
                "dead_at", name="outbox_message_dead", condition=Q(dead_at__isnull=False)
            ),
            models.Index(
                "done_at", name="outbox_message_done", condition=Q(done_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"

    @property
    def state(self) -> str:
        """In one word, for people: delivered, dead, on its way, retrying or waiting."""
        if self.done_at:
            return "delivered"
        if self.dead_at:
            return "dead"
        if self.lease_token:
            return "on its way"
        return "retrying" if self.attempts else "waiting"
