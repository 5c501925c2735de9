"""The published keys of a tenant (OpenID Connect Discovery §3, jwks_uri)."""

from typing import Final
from uuid import UUID

from tenants.keys import ring
from tenants.keys.ring import Jwks
from tenants.keys.rotation import JWKS_MAX_AGE

__all__ = ["CACHE_CONTROL", "CONTENT_TYPE", "Jwks", "document", "known"]

# RFC 7517 §8.5.2
CONTENT_TYPE: Final = "application/jwk-set+json"
# A key is published for longer than this before it signs.
CACHE_CONTROL: Final = f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"


def document(tenant_id: UUID) -> Jwks:
    """The bytes and their strong ETag, prepared once per process and change."""
    return ring.of(tenant_id).jwks


def known(tenant_id: UUID) -> Jwks | None:
    """As `document`, but None when answering would cost a statement."""
    found = ring.known(tenant_id)
    return found.jwks if found is not None else None
