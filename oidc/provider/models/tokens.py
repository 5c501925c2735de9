"""Django-oauth-toolkit's five token models, swapped together: rows of a tenant, digests only."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from oauth2_provider.models import AbstractDeviceGrant, AbstractIDToken

from authn.sessions.models import TokenGrant
from identity.kernel.identifiers import uuid7
from tenants.clients.models import Client
from tenants.registry.models import Tenant, TenantOwned
from tenants.users.models import User


class AuthorizationCode(TenantOwned):
    """One code (RFC 6749 §4.1.2): 60 s, once. `digest` is all that is kept of it.

    Who may redeem it, for whom and for what stands in its grant. Used or burnt codes stay as long
    as what they issued may live, so that a replay finds the family it must kill.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    grant = models.ForeignKey(
        TokenGrant, on_delete=models.CASCADE, related_name="codes", db_constraint=False
    )
    redirect_uri = models.CharField(max_length=2000)
    code_challenge = models.CharField(max_length=128)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="code_expiry")]

    def __str__(self) -> str:
        return f"code {self.id}"


class RefreshToken(TenantOwned):
    """One refresh token of a family (its grant): used once, then its use is proof of theft."""

    digest = models.BinaryField(max_length=32, unique=True)
    grant = models.ForeignKey(
        TokenGrant,
        on_delete=models.CASCADE,
        related_name="refresh_tokens",
        db_constraint=False,
        db_index=False,
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "grant"], name="refresh_of_grant"),
            models.Index(fields=["expires_at"], name="refresh_expiry"),
        ]

    def __str__(self) -> str:
        return f"refresh token {self.id}"


class AccessToken(TenantOwned):
    """An opaque access token, for clients that are switched to it (decision D10).

    JWT access tokens, the default, have no row: their grant is the row.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    grant = models.ForeignKey(
        TokenGrant, on_delete=models.CASCADE, related_name="access_tokens", db_constraint=False
    )
    scopes = ArrayField(models.CharField(max_length=128), default=list)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="access_expiry")]

    def __str__(self) -> str:
        return f"access token {self.id}"


class IDToken(AbstractIDToken):  # type: ignore[misc]  # no types
    """Swapped with its siblings, as django-oauth-toolkit demands; ID tokens are never stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    application = models.ForeignKey(
        Client, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "id"], name="provider_idtoken_of_tenant")
        ]


class DeviceGrant(AbstractDeviceGrant):  # type: ignore[misc]  # no types
    """Swapped with its siblings; the device grant is not offered yet, so it holds no rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "id"], name="provider_devicegrant_of_tenant"),
            models.UniqueConstraint(fields=["device_code"], name="device_code_once"),
        ]
