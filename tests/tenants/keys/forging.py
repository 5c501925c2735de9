"""Tokens as an attacker makes them, and as the tenant's own key would sign them."""

from collections.abc import Mapping
from typing import Any

import orjson

from tenants.keys import ring
from tenants.keys.base64url import encoded
from tenants.registry.models import Tenant

TYP = "at+jwt"
CLAIMS = {"sub": "ada", "exp": 4_000_000_000}


def part(value: Any) -> bytes:
    """One segment: JSON (or the bytes themselves) in base64url."""
    return encoded(value if isinstance(value, bytes) else orjson.dumps(value))


def joined(*segments: bytes) -> str:
    return b".".join(segments).decode()


def header_of(tenant: Tenant, algorithm: str = "EdDSA", **changes: Any) -> dict[str, Any]:
    """The header of a genuine token with members changed (None takes one away) or added."""
    key = ring.of(tenant.id).active[algorithm]
    members = {"alg": algorithm, "kid": key.kid, "typ": TYP, **changes}
    return {name: value for name, value in members.items() if value is not None}


def signed_by(
    tenant: Tenant,
    header: Mapping[str, Any] | bytes,
    payload: Mapping[str, Any] | bytes = CLAIMS,
    algorithm: str = "EdDSA",
) -> str:
    """A token whose signature by the tenant's own key is right, whatever its header says."""
    signed = part(header) + b"." + part(payload)
    return joined(signed, part(ring.of(tenant.id).active[algorithm].signer.sign(signed)))
