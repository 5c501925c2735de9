"""The order in which events were sealed, and what testifies to it."""

from typing import ClassVar

from django.db import models
from django.db.models import Func, Q

from identity.audit.models.event import NO_TENANT
from identity.kernel.identifiers import uuid7


class Unsealed(models.Model):
    """Events that wait for the sealer: a trigger on Event writes them, in the same transaction.

    "Not yet sealed" instead of "newer than the last one": a transaction that commits late brings
    events whose time has passed already.
    """

    event_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()

    def __str__(self) -> str:
        return f"unsealed {self.event_id}"


class Batch(models.Model):
    """A link of one tenant's chain: `digest` covers the digests of its events, in their order, the
    digest of the link before it, the numbers and the time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    number = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    event_count = models.IntegerField()
    total_count = models.BigIntegerField()
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="audit_batch_number"),
        ]
        indexes: ClassVar = [models.Index("sealed_at", name="audit_batch_sealed_at")]

    def __str__(self) -> str:
        return f"batch {self.number} of {self.tenant_id}"


class Seal(models.Model):
    """Where in the chain an event stands, and the digest it had then."""

    event_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    batch_number = models.BigIntegerField()
    position = models.IntegerField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "batch_number", "position"], name="audit_seal_position"
            ),
        ]

    def __str__(self) -> str:
        return f"seal {self.batch_number}.{self.position}"


class Checkpoint(models.Model):
    """A signed statement of what the chain's head was: without it a chain cut short looks whole."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    batch_number = models.BigIntegerField()
    total_count = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)
    # When the webhook took it; stays empty without one.
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "batch_number"], name="audit_checkpoint_batch"
            ),
        ]
        indexes: ClassVar = [
            models.Index("id", name="audit_checkpoint_unsent", condition=Q(sent_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.batch_number} of {self.tenant_id}"


class SigningKey(models.Model):
    """The audit room's own Ed25519 key; its private half is sealed under the installation's
    keyring, so a stolen or altered database alone signs nothing."""

    key_id = models.CharField(primary_key=True, max_length=16)
    tenant_id = models.UUIDField(default=NO_TENANT)
    public = models.BinaryField(max_length=32)
    sealed_private = models.TextField()
    created_at = models.DateTimeField(db_default=Func(function="clock_timestamp"))

    def __str__(self) -> str:
        return f"audit key {self.key_id}"
