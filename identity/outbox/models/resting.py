"""Lanes whose receiver did not answer as a whole: tried now and then, by one message at a time."""

from typing import ClassVar

from django.db import models

from identity.kernel.identifiers import uuid7


class Resting(models.Model):
    """Gone with the first answer of the receiver. Without it a few dead receivers would hold every
    relay by their time limits, within all caps."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    destination = models.CharField(max_length=255, blank=True, default="", db_collation="C")
    failures = models.IntegerField(default=1)
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "destination"], name="outbox_resting_lane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.destination} until {self.until:%H:%M:%S}"
