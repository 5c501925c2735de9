"""Applications that may ask: django-oauth-toolkit's swapped Application, and their secrets."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from oauth2_provider.models import AbstractApplication

from identity.kernel.identifiers import uuid7
from tenants.clients import redirects
from tenants.registry.models import Tenant, TenantOwned


class SigningAlgorithm(models.TextChoices):
    """How ID tokens for a client are signed (wire name `sing_alg`)."""

    EDDSA = "EdDSA", "EdDSA"
    RS256 = "RS256", "RS256"
    ES256 = "ES256", "ES256"


class ApplicationType(models.TextChoices):
    """OpenID Connect registration's `application_type`: a native client has the loopback rule."""

    WEB = "web"
    NATIVE = "native"


class GrantType(models.TextChoices):
    """Grants a client may use (RFC 6749, RFC 8628)."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105  a grant's name, no secret
    CLIENT_CREDENTIALS = "client_credentials"


class ClientQuerySet(models.QuerySet["Client"]):
    """Reads of clients."""

    def of(self, tenant: Tenant) -> "ClientQuerySet":
        """Clients of one tenant."""
        return self.filter(tenant=tenant)

    def usable(self) -> "ClientQuerySet":
        """Clients that are not disabled."""
        return self.filter(is_disabled=False)

    def get_by_natural_key(self, key: str) -> "Client":
        """By primary key: `client_id` is unique only inside its tenant."""
        return self.get(pk=key)


class Client(AbstractApplication):  # type: ignore[misc]  # the library has no types
    """A relying party of one tenant. (tenant, client_id) is unique; `id` is faces' applicationId."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    client_id = models.CharField(max_length=255, db_collation="C")
    name = models.CharField(max_length=255)
    client_type = models.CharField(
        max_length=12,
        choices=AbstractApplication.CLIENT_TYPES,
        default=AbstractApplication.CLIENT_CONFIDENTIAL,
    )
    application_type = models.CharField(
        max_length=6, choices=ApplicationType.choices, default=ApplicationType.WEB
    )
    grant_types = ArrayField(
        models.CharField(max_length=64, choices=GrantType.choices), default=list, blank=True
    )
    allowed_scopes = ArrayField(models.CharField(max_length=128), default=list, blank=True)
    algorithm = models.CharField(
        max_length=10, choices=SigningAlgorithm.choices, default=SigningAlgorithm.EDDSA
    )
    logo_uri = models.URLField(max_length=500, blank=True, default="")
    op_policy_url = models.URLField(max_length=500, blank=True, default="")
    op_tos_url = models.URLField(max_length=500, blank=True, default="")
    op_user_agreement_url = models.URLField(max_length=500, blank=True, default="")
    client_uri = models.URLField(max_length=500, blank=True, default="")
    client_logout_uri = models.URLField(max_length=500, blank=True, default="")
    register_enable = models.BooleanField(default=False)
    has_profile = models.BooleanField(default=False)
    is_lock = models.BooleanField(default=False)
    is_disabled = models.BooleanField(default=False)
    access_token_seconds = models.PositiveIntegerField(null=True, blank=True)

    # Django-oauth-toolkit's columns that Signet does not keep: several grants per client, secrets
    # as digests in a table of their own.
    authorization_grant_type = None
    client_secret = None
    hash_client_secret = None
    user = None
    cimd_expires_at = None

    objects = ClientQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "id"], name="clients_client_of_tenant"),
            models.UniqueConstraint(fields=["tenant", "client_id"], name="client_client_id"),
            models.CheckConstraint(
                condition=models.Q(access_token_seconds__isnull=True)
                | models.Q(access_token_seconds__range=(30, 3600)),
                name="client_access_token_seconds",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.client_id

    @property
    def is_confidential(self) -> bool:
        """True if the client can keep a secret."""
        return bool(self.client_type == AbstractApplication.CLIENT_CONFIDENTIAL)

    def allows_grant_type(self, *grant_types: str) -> bool:
        """Whether the client may use one of `grant_types` (wire names)."""
        return any(grant_type in self.grant_types for grant_type in grant_types)

    @property
    def skip_consent(self) -> bool:
        """True for the tenant's own applications: nobody is asked (the column is the library's)."""
        return bool(self.skip_authorization)

    def redirect_uri_allowed(self, uri: str) -> bool:
        """The library's question, answered by byte equality instead of its looser comparison."""
        return redirects.is_registered(self, uri)

    def post_logout_redirect_uri_allowed(self, uri: str) -> bool:
        """The same after a logout (OpenID Connect RP-Initiated Logout 1.0 §3)."""
        return redirects.is_registered_after_logout(self, uri)

    def is_usable(self, _request: Any) -> bool:
        """False for a disabled client, whatever it presents."""
        return not self.is_disabled

    def natural_key(self) -> tuple[str]:
        """See `ClientQuerySet.get_by_natural_key`."""
        return (str(self.pk),)


class ClientSecret(TenantOwned):
    """A client's secret as a digest; two may overlap while one is being replaced."""

    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        related_name="secrets",
        db_constraint=False,
        db_index=False,
    )
    # Over the client's id and the secret: two clients with one secret do not look alike.
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["tenant", "client"], name="secret_of_client")]

    def __str__(self) -> str:
        return f"secret of {self.client.client_id}"
