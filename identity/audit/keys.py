"""The audit room's own Ed25519 keys (RFC 8032): apart from every key that signs tokens.

The private half is sealed under the installation's keyring. The public half also lies in
DATA_DIR/audit, where somebody who can only write to the database cannot exchange it.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection, transaction

from identity.audit.models import SigningKey
from identity.kernel import cipher

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('signet.audit.key', 0))"
_KEY_ID_DIGITS: Final = 16


def folder() -> Path:
    """DATA_DIR/audit, closed to other users of the machine (0700)."""
    path = Path(settings.DATA_DIR) / "audit"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def current() -> SigningKey:
    """The key that signs; made on first use. Platform's scope."""
    newest = SigningKey.objects.order_by("-created_at").first()
    return newest or _make()


def _make() -> SigningKey:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        found = SigningKey.objects.order_by("-created_at").first()
        if found is not None:
            return found
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        key_id = key_id_of(public)
        sealed = cipher.seal(private.private_bytes_raw(), _place(key_id))
        return SigningKey.objects.create(key_id=key_id, public=public, sealed_private=sealed)


def key_id_of(public: bytes) -> str:
    """16 hexadecimal digits: the beginning of the SHA-256 of the 32 public bytes."""
    return hashlib.sha256(public).hexdigest()[:_KEY_ID_DIGITS]


def sign(key: SigningKey, text: bytes) -> bytes:
    """64 bytes."""
    return _private(key.key_id, key.sealed_private).sign(text)


def is_signed(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the owner of `public` signed `text`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem(public: bytes) -> bytes:
    """The public key as other programs read it (RFC 8410)."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=4)
def _private(key_id: str, sealed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(cipher.open_sealed(sealed, _place(key_id)))


def _place(key_id: str) -> str:
    return f"audit.SigningKey.sealed_private:{key_id}"
