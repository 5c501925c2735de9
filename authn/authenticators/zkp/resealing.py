"""After the keyring got a new key: commitments move under it, so that the old one can go (§5)."""

from typing import Final
from uuid import UUID

from authn.authenticators.models import VisualSecret
from authn.authenticators.zkp import commitments
from identity.kernel import cipher
from identity.tenancy.scope import platform_scope

_BATCH: Final = 500


def run() -> int:
    """Every active commitment is sealed under the newest key; returns how many were moved.

    Repeated or cut off it does no harm. A row that somebody replaces meanwhile stays as they made
    it; one that does not open stays as evidence.
    """
    newest = cipher.keyring().active_id
    moved, after = 0, UUID(int=0)
    with platform_scope():
        while True:
            rows = list(
                VisualSecret.objects.filter(ended_at=None, id__gt=after)
                .exclude(sealed__startswith=f"v1.{newest}.")
                .order_by("id")[:_BATCH]
            )
            moved += sum(_move(row) for row in rows)
            if len(rows) < _BATCH:
                return moved
            after = rows[-1].id


def _move(row: VisualSecret) -> bool:
    place = {"tenant_id": row.tenant_id, "user_id": row.user_id}
    found = commitments.opened(row.sealed, **place)
    if found is None:
        return False
    same = VisualSecret.objects.filter(tenant_id=row.tenant_id, id=row.id, sealed=row.sealed)
    return bool(same.update(sealed=commitments.sealed(found, **place)))
