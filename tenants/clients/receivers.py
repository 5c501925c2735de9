"""What this room does when a tenant goes."""

from typing import Any

from django.dispatch import receiver

from tenants.clients import directory
from tenants.registry import signals
from tenants.registry.models import Tenant


@receiver(signals.tenant_deleted, dispatch_uid="clients.forget")
def forget_clients(*, tenant: Tenant, **_: Any) -> None:
    """No process keeps a client of a tenant that is gone."""
    directory.invalidate_all(tenant.id)
