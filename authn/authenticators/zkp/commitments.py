"""Commitments at rest: sealed under the keyring, which is not in the database (protocol §5).

Whoever holds commitments *and* the picture can try PINs offline; a stolen database alone is worth
nothing. The aad names tenant and person, so that a row copied to somebody else does not open.
"""

from functools import lru_cache
from typing import Final
from uuid import UUID

from authn.authenticators.zkp.group import DUMMY
from authn.authenticators.zkp.transcript import POINT_BYTES, Commitments
from identity.kernel import cipher

NOBODY: Final = UUID(int=0)


def sealed(commitments: Commitments, *, tenant_id: UUID, user_id: UUID) -> str:
    """What the row of this person keeps."""
    both = commitments.possession + commitments.knowledge
    return cipher.seal(both, _place(tenant_id, user_id))


def opened(text: str, *, tenant_id: UUID, user_id: UUID) -> Commitments | None:
    """The commitments that were sealed for this person; None if the text was changed or was sealed
    for somebody else: it proves nothing."""
    try:
        both = cipher.open_sealed(text, _place(tenant_id, user_id))
    except cipher.CannotOpen:
        return None
    return Commitments(both[:POINT_BYTES], both[POINT_BYTES:])


def decoy() -> str:
    """Commitments of NOBODY in NOBODY, sealed as everybody's are: opening them costs the same."""
    return _decoy(cipher.keyring().active_id)


@lru_cache(maxsize=4)
def _decoy(_key_id: str) -> str:
    return sealed(DUMMY, tenant_id=NOBODY, user_id=NOBODY)


def _place(tenant_id: UUID, user_id: UUID) -> str:
    return f"SVZKP-1 at rest/{tenant_id}/{user_id}"
