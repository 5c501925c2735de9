"""From a credential to its tenant, before any tenant is known.

A key is 16 bytes (a client's UUID) or 32 bytes (a digest); whoever does not hold the credential
cannot make the key, so that the table tells nothing to a reader.
"""

from typing import Final
from uuid import UUID

from identity.kernel.errors import Conflict
from identity.tenancy.caching import TenantCache
from tenants.registry.models import CredentialDirectory

_LENGTHS: Final = frozenset({16, 32})

_directory: TenantCache[UUID] = TenantCache("credential_directory", ttl_seconds=300)


def remember(key: bytes, tenant_id: UUID) -> None:
    """Afterwards `key` leads to this tenant.

    Raises Conflict if it leads to another one, ValueError for a key of another length.
    """
    _require_key(key)
    row, _ = CredentialDirectory.objects.get_or_create(key=key, defaults={"tenant_id": tenant_id})
    if row.tenant_id != tenant_id:
        raise Conflict("key", "This credential belongs elsewhere")


def tenant_of(key: bytes) -> UUID | None:
    """The tenant of this credential, or None. In process; stale for at most one second."""
    if len(key) not in _LENGTHS:
        return None
    return _directory.get(
        (None, key.hex()),
        lambda: (
            CredentialDirectory.objects.filter(key=key).values_list("tenant_id", flat=True).first()
        ),
    )


def forget(key: bytes) -> None:
    """Afterwards `key` leads nowhere."""
    _require_key(key)
    CredentialDirectory.objects.filter(key=key).delete()
    _directory.invalidate_one((None, key.hex()))


def forget_all(tenant_id: UUID) -> None:
    """Make every process forget credentials: the rows go with this tenant."""
    _directory.invalidate(tenant_id)


def _require_key(key: bytes) -> None:
    if len(key) not in _LENGTHS:
        raise ValueError("a credential's key has 16 or 32 bytes")
