"""The group edwards25519, by libsodium: which points may be commitments, and whether a proof holds.

`cryptography` is not used to verify: OpenSSL accepts a universal forgery for the identity as a
commitment. PyNaCl must be 1.6.2 or later: before, points with a torsion part passed
(CVE-2025-69277). Names are imported one by one: `from nacl.bindings import *` raises.
"""

from hashlib import sha256
from typing import Final

from nacl.bindings import (
    crypto_core_ed25519_from_uniform,
    crypto_core_ed25519_is_valid_point,
    crypto_sign_open,
)
from nacl.exceptions import BadSignatureError

from authn.authenticators.zkp.messages import PROOF_BYTES
from authn.authenticators.zkp.transcript import POINT_BYTES, Commitments


def is_valid_point(point: bytes) -> bool:
    """Canonical, on the curve, in the prime-order subgroup and not its identity (§6, R4)."""
    return len(point) == POINT_BYTES and bool(crypto_core_ed25519_is_valid_point(point))


def holds(proof: bytes, *, commitment: bytes, message: bytes) -> bool:
    """Whether who made `proof` over `message` knows x with commitment = x·B.

    Ed25519 verification is the check of this Schnorr proof: s < L, both points canonical and not
    of small order, s·B = R + (SHA-512(R‖C‖M) mod L)·C.
    """
    if len(proof) != PROOF_BYTES or len(commitment) != POINT_BYTES:
        return False
    try:
        crypto_sign_open(proof + message, commitment)
    except BadSignatureError:
        return False
    return True


def _nobodys(label: str) -> bytes:
    # Elligator's output: nobody knows a logarithm of it.
    return bytes(crypto_core_ed25519_from_uniform(sha256(label.encode()).digest()))


# For people who are not there: as much work as for those who are, and no proof ever holds.
DUMMY: Final = Commitments(
    _nobodys("SVZKP-1 dummy possession"), _nobodys("SVZKP-1 dummy knowledge")
)
