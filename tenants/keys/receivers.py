"""What this room does when a tenant appears."""

from typing import Any

from django.dispatch import receiver

from identity.kernel.actors import Actor
from tenants.keys import encryption, encryption_rotation, ring, rotation
from tenants.keys.models import KeyAlgorithm
from tenants.registry import signals
from tenants.registry.models import Tenant


@receiver(signals.tenant_created, dispatch_uid="tenant_keys.first_key")
def make_first_key(*, tenant: Tenant, actor: Actor, **_: Any) -> None:
    """A tenant can sign from its first moment; other algorithms come with their first client."""
    rotation.ensure(tenant=tenant, algorithm=KeyAlgorithm.EDDSA, actor=actor)


@receiver(signals.tenant_created, dispatch_uid="tenant_keys.first_encryption_key")
def make_first_encryption_key(*, tenant: Tenant, actor: Actor, **_: Any) -> None:
    """People can be asked for their picture from the tenant's first moment."""
    encryption_rotation.ensure(tenant=tenant, actor=actor)


@receiver(signals.tenant_deleted, dispatch_uid="tenant_keys.forget")
def forget_keys(*, tenant: Tenant, **_: Any) -> None:
    """No process keeps a key of a tenant that is gone."""
    ring.invalidate(tenant.id)
    encryption.invalidate(tenant.id)
