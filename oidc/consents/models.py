"""What a person allowed an application to see."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tenants.clients.models import Client
from tenants.registry.models import TenantOwned
from tenants.users.models import User


class Consent(TenantOwned):
    """The union of scopes that one person gave one client, until withdrawn."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="consents", db_constraint=False, db_index=False
    )
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="consents", db_constraint=False
    )
    scopes = ArrayField(models.CharField(max_length=128), default=list)
    given_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "user", "client"], name="consent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} to {self.client_id}"
