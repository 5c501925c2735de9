"""A tenant's keys as objects, once per process: no statement and no key parsing per signature."""

from functools import cached_property
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from identity.tenancy.caching import TenantCache
from identity.tenancy.scope import tenant_scope
from tenants.keys import algorithms, vault
from tenants.keys.algorithms import Signer, Verify
from tenants.keys.base64url import encoded
from tenants.keys.models import KeyState, SigningKey


class Jwks(NamedTuple):
    """A JWK Set (RFC 7517 §5) ready to be sent, with its strong ETag (RFC 9110 §8.8.3)."""

    body: bytes
    etag: str


class RingKey:
    """One key. Its private part is opened at the first signature."""

    def __init__(self, row: SigningKey) -> None:
        self.kid = row.kid
        self.algorithm = row.algorithm
        self.is_active = row.state == KeyState.ACTIVE
        self._row = row
        self._headers: dict[str, bytes] = {}

    @cached_property
    def verify(self) -> Verify:
        """Checks signatures of this key."""
        return algorithms.verifier(self._row.public_jwk)

    @cached_property
    def signer(self) -> Signer:
        """Makes signatures of this key."""
        return vault.signer(self._row)

    def header(self, typ: str) -> bytes:
        """The encoded protected header of all tokens that this key signs as `typ`."""
        found = self._headers.get(typ)
        if found is None:
            header = {"alg": self.algorithm, "kid": self.kid, "typ": typ}
            found = self._headers[typ] = encoded(orjson.dumps(header))
        return found


class Ring:
    """The keys of one tenant that are published."""

    def __init__(self, rows: list[SigningKey]) -> None:
        self.keys = tuple(RingKey(row) for row in rows)
        self.active = {key.algorithm: key for key in self.keys if key.is_active}
        self.jwks = _jwks(rows)
        self._by_header: dict[str, dict[bytes, RingKey]] = {}

    def by_header(self, typ: str) -> dict[bytes, RingKey]:
        """From each encoded header that this tenant writes for `typ` to its key."""
        found = self._by_header.get(typ)
        if found is None:
            found = self._by_header[typ] = {key.header(typ): key for key in self.keys}
        return found


_TTL_SECONDS: Final = 300  # invalidation does the work; this bounds what a bug in it could keep
_PUBLISHED: Final = (KeyState.NEXT, KeyState.ACTIVE, KeyState.RETIRED)

_rings: TenantCache[Ring] = TenantCache("signing_keys", ttl_seconds=_TTL_SECONDS)


def of(tenant_id: UUID) -> Ring:
    """This tenant's ring; empty for a tenant without keys. Stale for at most one second."""
    ring = _rings.get((tenant_id,), lambda: _loaded(tenant_id))
    if ring is None:  # the loader never answers None
        raise LookupError(tenant_id)
    return ring


def known(tenant_id: UUID) -> Ring | None:
    """As `of`, but None when answering would cost a statement."""
    return _rings.peek((tenant_id,))


def invalidate(tenant_id: UUID) -> None:
    """Make every process load this tenant's keys again when the surrounding transaction commits."""
    _rings.invalidate(tenant_id)


def _loaded(tenant_id: UUID) -> Ring:
    with tenant_scope(tenant_id):
        rows = SigningKey.objects.filter(tenant_id=tenant_id, state__in=_PUBLISHED)
        return Ring(list(rows.order_by("algorithm", "-created_at", "kid")))


def _jwks(rows: list[SigningKey]) -> Jwks:
    body = orjson.dumps({"keys": [row.public_jwk for row in rows]})
    return Jwks(body, f'"{sha256(body).hexdigest()[:32]}"')
