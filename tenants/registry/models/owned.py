"""The base of each table that belongs to tenants."""

from typing import ClassVar

from django.db import models

from identity.kernel.identifiers import uuid7


class TenantOwned(models.Model):
    """A row of one tenant: row-level security and composite keys hang on `tenant_id`.

    Each concrete model adds `TenantIsolation` and, for each foreign key to another tenant-owned
    table, `SameTenant` to its migration; and `Meta(TenantOwned.Meta)` keeps UNIQUE (tenant, id),
    which composite foreign keys need.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index of its own: UNIQUE (tenant, id) leads with it.
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "id"], name="%(app_label)s_%(class)s_of_tenant"
            )
        ]
