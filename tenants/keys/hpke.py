"""HPKE (RFC 9180): sealing to a public key, and opening. The only place that knows the suite.

Base mode, single shot, DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
The aad is empty and all context goes into `info`, as §8.1 recommends. A sealed value is
`enc[32] ‖ ciphertext ‖ tag[16]`.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

PUBLIC_BYTES: Final = 32
# What sealing adds: the encapsulated key and the tag.
OVERHEAD_BYTES: Final = 32 + 16

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class UnusableKey(ValueError):
    """Nothing can be sealed to this public key: its shared secret is zero (RFC 9180 §7.1.4)."""


def seal(plaintext: bytes, *, public: bytes, info: bytes) -> bytes:
    """Only who holds the private half of `public` (32 raw bytes) opens it. Raises UnusableKey."""
    try:
        return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info)
    except ValueError as problem:
        raise UnusableKey("the public key is of small order or not of 32 bytes") from problem


def open_sealed(sealed: bytes, *, private: X25519PrivateKey, info: bytes) -> bytes | None:
    """What was sealed; None for another key, another `info`, or changed bytes."""
    try:
        return _SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        return None
