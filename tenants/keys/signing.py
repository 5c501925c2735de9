"""The only place where Signet signs and verifies JWTs of its own (RFC 7515 compact, RFC 8725)."""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from tenants.keys import ring
from tenants.keys.base64url import decoded, encoded

# Ours stay below 2 kB; the cap bounds the work that a stranger's token makes.
_LONGEST_TOKEN: Final = 8_192
_SEGMENTS: Final = 3


class NoActiveKey(LookupError):
    """The tenant has no key of this algorithm: `rotation.ensure` was not called."""


def sign(*, tenant_id: UUID, algorithm: str, typ: str, claims: Mapping[str, Any]) -> str:
    """A compact JWS of `claims` by the tenant's active key of this algorithm.

    `typ` is the header's (RFC 8725 §3.11), "at+jwt" for access tokens. Claims are JSON values;
    dates are the caller's numbers. Raises NoActiveKey.
    """
    key = ring.of(tenant_id).active.get(algorithm)
    if key is None:
        raise NoActiveKey(f"tenant {tenant_id} has no active {algorithm} key")
    payload = encoded(orjson.dumps(claims, option=orjson.OPT_PASSTHROUGH_DATETIME))
    signed = key.header(typ) + b"." + payload
    return (signed + b"." + encoded(key.signer.sign(signed))).decode("ascii")


def verify(*, tenant_id: UUID, token: str, typ: str | Collection[str]) -> dict[str, Any] | None:
    """The claims of a token that this tenant signed as `typ` (one of them, if several); else None.

    Says nothing about time, audience or revocation: see `lifetime` and the token's own room.

    The header is not parsed. It must be byte for byte one that the tenant's keys write, which
    leaves no room for another algorithm, a key in the header, `crit`, `b64`, or a foreign `kid`
    (RFC 8725 §3.1 to §3.3, §3.10).
    """
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    segments = token.encode().split(b".")
    if len(segments) != _SEGMENTS:
        return None
    header, payload, signature = segments
    tenants_ring = ring.of(tenant_id)
    for wanted in (typ,) if isinstance(typ, str) else typ:
        key = tenants_ring.by_header(wanted).get(header)
        if key is not None:
            break
    else:
        return None
    try:
        if not key.verify(decoded(signature), header + b"." + payload):
            return None
        return _claims(decoded(payload))
    except ValueError:
        return None


def _claims(raw: bytes) -> dict[str, Any]:
    # Parsed only once the signature is right. The standard parser, because orjson keeps the last
    # of two members with one name in silence (RFC 7519 §4 lets us refuse).
    claims = json.loads(raw, object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite)
    if not isinstance(claims, dict):
        raise ValueError("the claims are no object")  # noqa: TRY004  the text is wrong, no type
    return claims


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
