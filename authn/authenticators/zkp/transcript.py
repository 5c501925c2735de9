"""What a proof says and what a sealed message is bound to: the bytes of svzkp-1, §1 to §4.

Strings enter as exactly the bytes that were sent. Everything is length-prefixed or of fixed length,
so that no two different sign-ins share a transcript.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from authn.authenticators.zkp.encoding import prefixed, u8

CHALLENGE_ID_BYTES: Final = 16
NONCE_BYTES: Final = 32
POINT_BYTES: Final = 32


class Purpose(IntEnum):
    """What a proof is for; a proof for one purpose is none for another."""

    LOGIN = 1
    REGISTER = 2
    RESET = 3
    CHANGE_OLD = 4
    CHANGE_NEW = 5
    UPDATE_EMAIL = 6


class Role(IntEnum):
    """Which of the two secrets a proof is of."""

    POSSESSION = 1
    KNOWLEDGE = 2


@dataclass(frozen=True, slots=True)
class Commitments:
    """C_p and C_k: points of 32 bytes. Who holds them can check proofs, not make any."""

    possession: bytes
    knowledge: bytes

    def of(self, role: Role) -> bytes:
        """The commitment to the secret of this role."""
        return self.possession if role is Role.POSSESSION else self.knowledge


@dataclass(frozen=True, slots=True)
class Exchange:
    """Whose sign-in, where, and in which request: what both sides know before a challenge.

    `tenant_id` is the tenant's slug; `origin` the web origin whose page asks; `auth_req_id` is
    empty outside of an authorization request.
    """

    tenant_id: str
    username: str
    origin: str
    auth_req_id: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge as both sides see it."""

    id: bytes
    nonce: bytes
    cipher_key: bytes
    server_key_hash: bytes


def statement(
    exchange: Exchange,
    challenge: Challenge,
    *,
    role: Role,
    purpose: Purpose,
    commitments: Commitments,
    extra: bytes = b"",
) -> bytes:
    """M(role, purpose) of §3: what the proof of this role is made over.

    A possession proof leaves C_k out, so that a wrong PIN does not spoil it.
    """
    return b"".join(
        (
            prefixed("SVZKP-1 proof"),
            u8(role),
            u8(purpose),
            prefixed(exchange.tenant_id),
            prefixed(exchange.username),
            prefixed(exchange.origin),
            prefixed(exchange.auth_req_id),
            challenge.id,
            challenge.nonce,
            challenge.cipher_key,
            challenge.server_key_hash,
            commitments.possession,
            commitments.knowledge if role is Role.KNOWLEDGE else b"",
            prefixed(extra),
        )
    )


def challenge_info(exchange: Exchange) -> bytes:
    """HPKE `info` of a challenge (§4.1)."""
    return prefixed("SVZKP-1 challenge") + _who(exchange)


def response_info(exchange: Exchange, purpose: Purpose, challenge_id: bytes) -> bytes:
    """HPKE `info` of a response (§4.2)."""
    return prefixed("SVZKP-1 response") + u8(purpose) + _who(exchange) + challenge_id


def commitment_info(exchange: Exchange, purpose: Purpose) -> bytes:
    """HPKE `info` of an encrypted commitment (§4.3)."""
    return prefixed("SVZKP-1 commitment") + u8(purpose) + _who(exchange)


def _who(exchange: Exchange) -> bytes:
    return b"".join(
        prefixed(text) for text in (exchange.tenant_id, exchange.username, exchange.auth_req_id)
    )
