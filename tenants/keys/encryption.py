"""What pages seal to and the server opens with: a tenant's X25519 keys, once per process.

Which key is named, and which still open, is decided by their times at the moment of use and not by
whether a job has run.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.utils import timezone

from identity.kernel import cipher
from identity.tenancy.caching import TenantCache
from identity.tenancy.scope import tenant_scope
from tenants.keys import hpke
from tenants.keys.base64url import encoded
from tenants.keys.models import EncryptionKey

KEY_ID_BYTES: Final = 8
# How long a published set may be kept (protocol §4.4).
MAX_AGE: Final = timedelta(minutes=5)
# What was sealed just before a key retired still opens; a challenge lives two minutes (§5).
OPENS_FOR: Final = timedelta(hours=24)
_TTL_SECONDS: Final = 300


class NoEncryptionKey(LookupError):
    """The tenant has no encryption key: `encryption_rotation.ensure` was not called."""


@dataclass(frozen=True)
class OpeningKey:
    """One key. `hash` is SHA-256 of the raw public key; its first eight bytes name it."""

    row: EncryptionKey

    @cached_property
    def public(self) -> bytes:
        """32 raw bytes."""
        return bytes(self.row.public)

    @cached_property
    def hash(self) -> bytes:
        """What challenges and proofs are bound to."""
        return hash_of(self.public)

    @cached_property
    def _private(self) -> X25519PrivateKey:
        place = place_of(self.row.tenant_id, self.row.kid)
        raw = cipher.open_sealed(self.row.private_sealed, place)
        return X25519PrivateKey.from_private_bytes(raw)

    def opens_at(self, now: datetime) -> bool:
        """Whether what is sealed to it is still looked at."""
        retires_at = self.row.retires_at
        return retires_at is None or now < retires_at + OPENS_FOR

    def open_sealed(self, sealed: bytes, info: bytes) -> bytes | None:
        """What a page sealed to this key under this `info`; None if it did not."""
        return hpke.open_sealed(sealed, private=self._private, info=info)

    @cached_property
    def jwk(self) -> dict[str, Any]:
        """RFC 8037 §2, as it is published."""
        return {
            "kty": "OKP",
            "crv": "X25519",
            "use": "enc",
            "kid": self.row.kid,
            "x": encoded(self.public).decode(),
        }


class EncryptionRing:
    """The keys of one tenant, newest first."""

    def __init__(self, rows: list[EncryptionKey]) -> None:
        self.keys = tuple(OpeningKey(row) for row in rows)
        self._by_id = {key.hash[:KEY_ID_BYTES]: key for key in self.keys}

    def named_at(self, now: datetime) -> OpeningKey:
        """The key that challenges name now. Raises NoEncryptionKey."""
        for key in self.keys:
            if key.row.activates_at <= now:
                return key
        raise NoEncryptionKey("no encryption key is active")

    def find(self, key_id: bytes, now: datetime) -> OpeningKey | None:
        """The key of this id, if it still opens."""
        key = self._by_id.get(key_id)
        return key if key is not None and key.opens_at(now) else None


_rings: TenantCache[EncryptionRing] = TenantCache("encryption_keys", ttl_seconds=_TTL_SECONDS)


def of(tenant_id: UUID) -> EncryptionRing:
    """This tenant's keys. Stale for at most one second."""
    ring = _rings.get((tenant_id,), lambda: _loaded(tenant_id))
    if ring is None:  # the loader never answers None
        raise LookupError(tenant_id)
    return ring


def published(tenant_id: UUID) -> list[dict[str, Any]]:
    """The JWKs that pages may seal to, newest first; the newest may not be named in challenges yet.

    They stay out of the OpenID key document.
    """
    now = timezone.now()
    return [key.jwk for key in of(tenant_id).keys if key.opens_at(now)]


def invalidate(tenant_id: UUID) -> None:
    """Make every process load this tenant's keys again when the surrounding transaction commits."""
    _rings.invalidate(tenant_id)


def hash_of(public: bytes) -> bytes:
    """SHA-256 of a raw public key."""
    return sha256(public).digest()


def place_of(tenant_id: UUID, kid: str) -> str:
    """The aad of a private part at rest."""
    return f"tenant_keys.encryption_key/{tenant_id}/{kid}"


def _loaded(tenant_id: UUID) -> EncryptionRing:
    with tenant_scope(tenant_id):
        rows = EncryptionKey.objects.filter(tenant_id=tenant_id)
        return EncryptionRing(list(rows.order_by("-activates_at", "-created_at", "kid")))
