"""The running code with which a person may set a new picture."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tenants.registry.models import TenantOwned
from tenants.users.models import User


class ResetCode(TenantOwned):
    """One for each person at most (contract 2.5: 10 minutes, 5 tries), kept as a digest.

    Made when its letter is written, never before: the outbox holds ids, not secrets. `address_key`
    binds it to the address it was sent to (PR02).
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    digest = models.BinaryField(max_length=32)
    address_key = models.CharField(max_length=1024, db_collation="C")
    tries_left = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]

    def __str__(self) -> str:
        return f"reset code of {self.user_id}"
