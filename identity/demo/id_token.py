"""The checks of OpenID Connect Core §3.1.3.7 on an ID token."""

import base64
import copy
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from identity.demo.faults import untrusted
from identity.demo.provider import Provider

# EdDSA hashes with SHA-512 inside, so its at_hash is made with that.
_HASHES = {"EdDSA": hashlib.sha512, "RS256": hashlib.sha256, "ES256": hashlib.sha256}
LEEWAY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class IdToken:
    """A token that passed every check, and the compact form it came in."""

    compact: str
    algorithm: str
    key_id: str
    claims: dict[str, Any]


def verify(
    compact: str,
    *,
    provider: Provider,
    client_id: str,
    access_token: str,
    nonce: str | None,
    max_age_seconds: int | None = None,
) -> IdToken:
    """The claims of an ID token whose signature, issuer, audience, times and hashes hold.

    ``nonce`` is None only for a token that came with a refresh (§12.2), where it may be absent.

    :raises SignInFailed: one of the checks failed
    """
    try:
        header = jws.extract_compact(compact.encode()).headers()
        key_id = header.get("kid")
        token = jwt.decode(compact, provider.keys(key_id=key_id), registry=_registry())
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce} if nonce is not None else {},
        ).validate(token.claims)
    except (JoseError, ValueError) as fault:
        raise untrusted(f"ID token: {fault}") from fault
    algorithm = str(token.header["alg"])
    _check_authorized_party(token.claims, client_id)
    _check_access_token_hash(token.claims, algorithm, access_token)
    _check_age(token.claims, max_age_seconds)
    return IdToken(compact, algorithm, str(key_id), token.claims)


def _check_authorized_party(claims: dict[str, Any], client_id: str) -> None:
    """§3.1.3.7, 4 and 5: several audiences need an ``azp``, and it must be us."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise untrusted("ID token: it was issued to another application (azp).")


def _check_access_token_hash(claims: dict[str, Any], algorithm: str, access_token: str) -> None:
    """§3.1.3.8: the left half of the access token's hash binds the two tokens together."""
    if "at_hash" not in claims:
        return
    digest = _HASHES[algorithm](access_token.encode("ascii")).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not hmac.compare_digest(half, str(claims["at_hash"])):
        raise untrusted("ID token: it belongs to another access token (at_hash).")


def _check_age(claims: dict[str, Any], max_age_seconds: int | None) -> None:
    """§3.1.3.7, 13: who asks for a fresh sign-in must check that it got one."""
    if max_age_seconds is None:
        return
    at = claims.get("auth_time")
    if not isinstance(at, int) or time.time() - at > max_age_seconds + LEEWAY_SECONDS:
        raise untrusted("ID token: the sign-in is older than was asked for (auth_time).")


def _registry() -> JWSRegistry:
    """The algorithms accepted: never "none", never one that works with a shared secret."""
    registry = JWSRegistry(algorithms=list(_HASHES))
    # joserfc warns of the name "EdDSA" since RFC 9864; providers still announce it.
    eddsa = copy.copy(JWSRegistry.algorithms["EdDSA"])
    eddsa.security_warning = None
    registry.algorithms = {**JWSRegistry.algorithms, "EdDSA": eddsa}
    return registry
