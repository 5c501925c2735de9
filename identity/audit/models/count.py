"""How many events of which sort an hour saw: the console's start page adds up a few of these."""

from typing import ClassVar

from django.db import models

from identity.kernel.identifiers import uuid7


class HourlyCount(models.Model):
    """Kept by the sealer, in the transaction that seals. Under NO_TENANT stand the sums over all
    tenants. Derived, so it is no part of the chain."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    hour = models.DateTimeField()
    type = models.CharField(max_length=64, db_collation="C")
    reason = models.CharField(max_length=64, blank=True, default="")
    count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "type", "hour", "reason"], name="audit_hourly_count"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.hour:%Y-%m-%d %H}: {self.count}"
