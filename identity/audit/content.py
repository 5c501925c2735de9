"""What of a row is hashed: the members of each kind, by name. docs/decisions/0010 explains them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from identity.audit import canonical
from identity.audit.canonical import identifier, instant
from identity.audit.models import Event


def event(row: Event) -> dict[str, Any]:
    """An event without its personal facts, but with their digests."""
    return {
        "id": identifier(row.id),
        "tenant": identifier(row.tenant_id),
        "recorded_at": instant(row.recorded_at),
        "type": row.type,
        "outcome": row.outcome,
        "reason": row.reason,
        "actor_kind": row.actor_kind,
        "actor_id": identifier(row.actor_id),
        "actor_owner_id": identifier(row.actor_owner_id),
        "actor_tenant_id": identifier(row.actor_tenant_id),
        "subject_kind": row.subject_kind,
        "subject_id": identifier(row.subject_id),
        "request_id": row.request_id,
        "data": row.data,
        "facts": row.fact_digests,
    }


def event_digest(row: Event) -> bytes:
    """32 bytes."""
    return canonical.digest(canonical.EVENT, event(row))


def batch(
    *, tenant_id: UUID, number: int, sealed_at: datetime, total: int, previous: bytes,
    digests: Sequence[bytes],
) -> dict[str, Any]:  # fmt: skip
    """A batch: `total` counts the tenant's events up to its end, `previous` is the digest of the
    batch before (32 zero bytes for the first)."""
    return {
        "tenant": identifier(tenant_id),
        "number": number,
        "sealed_at": instant(sealed_at),
        "count": len(digests),
        "total": total,
        "previous": previous.hex(),
        "events": [each.hex() for each in digests],
    }


def checkpoint(
    *, tenant_id: UUID, number: int, total: int, digest: bytes, signed_at: datetime, key_id: str
) -> dict[str, Any]:
    """A statement about the head of a chain."""
    return {
        "tenant": identifier(tenant_id),
        "number": number,
        "total": total,
        "digest": digest.hex(),
        "signed_at": instant(signed_at),
        "key": key_id,
    }
