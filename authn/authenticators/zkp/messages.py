"""The three sealed messages of svzkp-1 §4: lengths exact, everything else refused unopened."""

from dataclasses import dataclass
from typing import Final

from authn.authenticators.zkp.encoding import VERSION, require_bytes, u8
from authn.authenticators.zkp.transcript import Challenge, Commitments, Purpose
from tenants.keys import hpke

KEY_ID_BYTES: Final = 8
PROOF_BYTES: Final = 64
DESCRIPTOR_BYTES: Final = 3
_HEADER: Final = len(VERSION) + KEY_ID_BYTES
_PROOFS: Final = 2 * PROOF_BYTES
_RESPONSE: Final = 2 + _PROOFS
_COMMITMENT: Final = 2 + 16 + 2 * 32 + DESCRIPTOR_BYTES + _PROOFS
_CHANGE: Final = _COMMITMENT + _PROOFS


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message to the server, still sealed. `key_id` begins the hash of the key it is sealed to."""

    version: bytes
    key_id: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Proofs:
    """Two proofs of 64 bytes each, R ‖ s."""

    possession: bytes
    knowledge: bytes


@dataclass(frozen=True, slots=True)
class Offered:
    """New commitments with their proofs; `old` proves the ones they replace (CHANGE_NEW only)."""

    challenge_id: bytes
    commitments: Commitments
    descriptor: bytes
    proofs: Proofs
    old: Proofs | None


def challenge_plaintext(challenge: Challenge, ttl_seconds: int) -> bytes:
    """The 83 bytes that `challenge_data` carries (§4.1). The id travels inside."""
    return b"".join(
        (
            VERSION,
            challenge.id,
            challenge.nonce,
            ttl_seconds.to_bytes(2, "big"),
            challenge.server_key_hash,
        )
    )


def response_envelope(text: str, *, field: str = "challenge_data") -> Envelope:
    """The envelope of a login's or an e-mail change's proofs. Raises Invalid."""
    return _envelope(require_bytes(text, _sent(_RESPONSE), field=field))


def commitment_envelope(
    text: str, purpose: Purpose, *, field: str = "encrypted_commitment"
) -> Envelope:
    """The envelope of new commitments; a change is longer, for it proves the old ones too."""
    length = _CHANGE if purpose is Purpose.CHANGE_NEW else _COMMITMENT
    return _envelope(require_bytes(text, _sent(length), field=field))


def response(plaintext: bytes, purpose: Purpose) -> Proofs | None:
    """The proofs inside; None if they are not for this purpose."""
    if plaintext[:2] != VERSION + u8(purpose):
        return None
    return _proofs(plaintext[2:])


def offered(plaintext: bytes, purpose: Purpose) -> Offered | None:
    """The commitments inside; None if they are not for this purpose."""
    if plaintext[:2] != VERSION + u8(purpose):
        return None
    return Offered(
        challenge_id=plaintext[2:18],
        commitments=Commitments(plaintext[18:50], plaintext[50:82]),
        descriptor=plaintext[82:85],
        proofs=_proofs(plaintext[85:213]),
        old=_proofs(plaintext[213:]) if purpose is Purpose.CHANGE_NEW else None,
    )


def _sent(plaintext_bytes: int) -> int:
    return _HEADER + plaintext_bytes + hpke.OVERHEAD_BYTES


def _envelope(raw: bytes) -> Envelope:
    return Envelope(version=raw[:1], key_id=raw[1:_HEADER], sealed=raw[_HEADER:])


def _proofs(raw: bytes) -> Proofs:
    return Proofs(raw[:PROOF_BYTES], raw[PROOF_BYTES:])
