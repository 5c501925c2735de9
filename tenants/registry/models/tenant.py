"""Tenant rows. Global tables: read before a tenant is known, so they hold no secrets."""

from functools import cached_property, lru_cache
from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Now

from identity.kernel.identifiers import uuid7
from tenants.registry.policy import Capability, TenantPolicy


@lru_cache(maxsize=1024)
def _policy(document: bytes) -> TenantPolicy:
    # Most tenants have the usual settings: one frozen object for all of them, not 5 kB for each.
    return TenantPolicy.model_validate(orjson.loads(document))


class TenantState(models.TextChoices):
    """Where a tenant stands in its life."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Reads of tenants."""

    def active(self) -> "TenantQuerySet":
        """Tenants that serve requests."""
        return self.filter(state=TenantState.ACTIVE)


class Tenant(models.Model):
    """One customer's own house: users, clients, keys and policy."""

    PLATFORM_SLUG: ClassVar = "platform"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    serial = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("tenant_serial"), function="nextval")
    )
    slug = models.CharField(max_length=63, unique=True, db_collation="C")
    display_name = models.CharField(max_length=200, blank=True, default="")
    is_2fa = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=TenantState.choices, default=TenantState.ACTIVE)
    policy_document = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9][a-z0-9_-]{1,62}$"),
                name="tenant_slug_form",
            ),
        ]
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.display_name or self.slug

    @cached_property
    def policy(self) -> TenantPolicy:
        """The typed policy. Change it through `lifecycle.update`, never through this copy."""
        return _policy(orjson.dumps(self.policy_document, option=orjson.OPT_SORT_KEYS))

    def allows(self, capability: Capability) -> bool:
        """Whether this tenant permits it, now.

        The tenant of Signet's operators has no self-registration, SCIM, dynamic registration,
        face or client, whatever its settings say; a suspended tenant permits nothing.
        """
        return self.is_active and not self.is_platform and self.policy.allows(capability)

    @property
    def is_platform(self) -> bool:
        """True for the reserved tenant in which Signet's own operators live."""
        return self.slug == self.PLATFORM_SLUG

    @property
    def is_active(self) -> bool:
        """True while the tenant serves requests."""
        return self.state == TenantState.ACTIVE


class TenantHost(models.Model):
    """A host name at which a tenant is served (contract 6.1): only the platform gives them out."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="hosts")
    host = models.CharField(max_length=253, unique=True, db_collation="C")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.host


class CredentialDirectory(models.Model):
    """From a credential to its tenant, before the tenant is known; nothing else is kept here.

    `key` is the digest of an API key (32 bytes) or the 16 bytes of a client's UUID.
    """

    key = models.BinaryField(primary_key=True, max_length=32)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"credential of {self.tenant_id}"
