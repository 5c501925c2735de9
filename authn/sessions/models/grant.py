"""What a person or a client itself allowed a client: revoked here, dead everywhere."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from authn.sessions.models.session import LoginSession
from tenants.clients.models import Client
from tenants.registry.models import TenantOwned
from tenants.users.models import User


class GrantKind(models.TextChoices):
    """By what a grant came to be."""

    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_CREDENTIALS = "client_credentials"


class TokenGrant(TenantOwned):
    """The row that every token names: which user, client, session and scopes (decision D10).

    A client's own grant (client_credentials) stands from the client's creation: no user, no
    session. `is_offline` grants outlive their session (scope offline_access).
    """

    kind = models.CharField(max_length=20, choices=GrantKind.choices)
    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        related_name="token_grants",
        db_constraint=False,
        db_index=False,
    )
    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        related_name="token_grants",
        db_constraint=False,
        db_index=False,
    )
    session = models.ForeignKey(
        LoginSession,
        on_delete=models.CASCADE,
        null=True,
        related_name="token_grants",
        db_constraint=False,
        db_index=False,
    )
    scopes = ArrayField(models.CharField(max_length=128), default=list)
    is_offline = models.BooleanField(default=False)
    nonce = models.CharField(max_length=512, default="", blank=True)
    amr = ArrayField(models.CharField(max_length=16), default=list)
    acr = models.CharField(max_length=64, default="", blank=True)
    auth_time = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=32, default="", blank=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "client"],
                condition=models.Q(kind="client_credentials"),
                name="one_standing_grant",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "user", "client"], name="grant_of_user"),
            models.Index(fields=["tenant", "session"], name="grant_of_session"),
            models.Index(fields=["tenant", "client"], name="grant_of_client"),
            models.Index(fields=["expires_at"], name="grant_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"
