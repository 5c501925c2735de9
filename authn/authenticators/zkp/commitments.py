"""Commitments at rest: sealed under the keyring, which is not in the database (protocol §5).

Whoever holds commitments *and* the picture can try PINs offline; a stolen database alone is worth
nothing. The aad names tenant and person, so that a row copied to somebody else does not open.
"""

from functools import lru_cache
from typing import Final
from uuid import UUID

from authn.authenticators.models import VisualSecret
from authn.authenticators.zkp.group import DUMMY
from authn.authenticators.zkp.transcript import POINT_BYTES, Commitments
from identity.kernel import cipher

_NOBODY: Final = UUID(int=0)


def sealed(commitments: Commitments, *, tenant_id: UUID, user_id: UUID) -> str:
    """What the row of this person keeps."""
    both = commitments.possession + commitments.knowledge
    return cipher.seal(both, _place(tenant_id, user_id))


def opened(row: VisualSecret | None) -> Commitments | None:
    """The commitments of a row; for None those of nobody, at the same cost.

    None if the row was changed or belongs to somebody else: such a row proves nothing.
    """
    if row is None:
        text, place = _nobodys(cipher.keyring().active_id), _place(_NOBODY, _NOBODY)
    else:
        text, place = row.sealed, _place(row.tenant_id, row.user_id)
    try:
        both = cipher.open_sealed(text, place)
    except cipher.CannotOpen:
        return None
    return Commitments(both[:POINT_BYTES], both[POINT_BYTES:])


@lru_cache(maxsize=4)
def _nobodys(_key_id: str) -> str:
    return sealed(DUMMY, tenant_id=_NOBODY, user_id=_NOBODY)


def _place(tenant_id: UUID, user_id: UUID) -> str:
    return f"SVZKP-1 at rest/{tenant_id}/{user_id}"
