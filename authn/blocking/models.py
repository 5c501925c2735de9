"""Failures counted and blocks set, per tenant and subject (contract 2.8)."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tenants.registry.models import TenantOwned
from tenants.users.models import User


class SubjectKind(models.TextChoices):
    """On what failures are counted."""

    ADDRESS = "address"
    USER = "user"
    DEVICE = "device"
    CLIENT = "client"


class FailureCount(TenantOwned):
    """Tries of one subject: one row, changed by one conditional statement before each evaluation.

    `subject` is an address (IPv6 as its /64), a user's id, a device cookie's nonce or a client's
    id; `method` names what was guessed where the count is per method, else is empty. `level` is
    the number of consecutive blocks: the next one lasts initial times 2^level.
    `is_confirmed` is False while the try that set `blocked_until` is still being judged.
    """

    kind = models.CharField(max_length=8, choices=SubjectKind.choices)
    subject = models.CharField(max_length=64, db_collation="C")
    method = models.CharField(max_length=24, default="", db_collation="C")
    count = models.PositiveIntegerField(default=0)
    consecutive = models.PositiveIntegerField(default=0)
    level = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField(db_default=Now())
    blocked_until = models.DateTimeField(null=True)
    is_confirmed = models.BooleanField(default=True, db_default=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject", "method"], name="failure_count_once"
            ),
        ]
        # No index on what every try changes: such an update would have to touch all indexes.

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.count}"


class Block(TenantOwned):
    """One block from its beginning to its end: the list operators see, kept for 30 days."""

    kind = models.CharField(max_length=8, choices=SubjectKind.choices)
    subject = models.CharField(max_length=64, db_collation="C")
    method = models.CharField(max_length=24, default="", db_collation="C")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="blocks", db_constraint=False
    )
    blocked_at = models.DateTimeField(db_default=Now(), editable=False)
    block_seconds = models.PositiveIntegerField()
    ends_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True, default="")

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "kind", "-blocked_at"], name="block_newest"),
            models.Index(fields=["tenant", "kind", "subject"], name="block_of_subject"),
            models.Index(fields=["ends_at"], name="block_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
