"""Sealing at rest: AES-256-GCM under a keyring whose keys are named, so that they can rotate.

Form of a sealed value: `v1 . key id . base64url(nonce 12 bytes + ciphertext + tag)`, ASCII.
`aad` binds a value to its place (table, column, row), so that a row copied to another place does
not open.
"""

import base64
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_VERSION: Final = "v1"
KEY_BYTES: Final = 32


class CannotOpen(Exception):
    """A sealed value does not open: unknown key, changed bytes, or another place."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Key-encryption keys by id; the first seals, all open, the last is the root of digests."""

    keys: dict[str, bytes]

    @property
    def active_id(self) -> str:
        """Id of the key that seals new values."""
        return next(iter(self.keys))

    @property
    def root(self) -> bytes:
        """The oldest key: digests of tokens hang on it, so it stays in the ring for good."""
        return list(self.keys.values())[-1]


def parse_keyring(text: str) -> Keyring:
    """Read `id:base64[,id:base64…]`: newest first, 32 bytes each. ValueError says what is wrong."""
    keys: dict[str, bytes] = {}
    for entry in text.split(","):
        key_id, separator, encoded = entry.strip().partition(":")
        if not separator or not key_id.isalnum():
            raise ValueError("each key is written id:base64, the id of letters and digits")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise ValueError(f"key {key_id} is not base64") from None
        if len(key) != KEY_BYTES or key_id in keys:
            raise ValueError(f"key {key_id} must be {KEY_BYTES} bytes and named once")
        keys[key_id] = key
    return Keyring(keys)


@lru_cache(maxsize=2)
def _parsed(text: str) -> Keyring:
    return parse_keyring(text)


def keyring() -> Keyring:
    """The keyring of this installation (settings.KEY_ENCRYPTION_KEY)."""
    return _parsed(settings.KEY_ENCRYPTION_KEY)


@lru_cache(maxsize=64)
def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"signet/{purpose}".encode()).derive(
        key
    )


def subkey(purpose: str) -> bytes:
    """32 bytes for `purpose`, derived from the keyring's root (HKDF-SHA256, RFC 5869)."""
    return _derive(keyring().root, purpose)


def seal(plaintext: bytes, aad: str) -> str:
    """Encrypt under the active key."""
    ring = keyring()
    key_id = ring.active_id
    nonce = os.urandom(12)
    sealed = AESGCM(_derive(ring.keys[key_id], "seal")).encrypt(nonce, plaintext, aad.encode())
    return f"{_VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def open_sealed(sealed: str, aad: str) -> bytes:
    """Decrypt; CannotOpen when key, bytes or place do not fit."""
    version, _, rest = sealed.partition(".")
    key_id, _, encoded = rest.partition(".")
    key = keyring().keys.get(key_id)
    if version != _VERSION or key is None:
        raise CannotOpen(f"sealed under an unknown key {key_id!r}")
    try:
        raw = base64.urlsafe_b64decode(encoded)
        return AESGCM(_derive(key, "seal")).decrypt(raw[:12], raw[12:], aad.encode())
    except (InvalidTag, ValueError) as problem:
        raise CannotOpen("the sealed value was changed or belongs elsewhere") from problem
