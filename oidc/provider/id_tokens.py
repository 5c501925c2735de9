"""ID tokens: made (OpenID Connect Core §2, §3.1.3.6), and read back as hints (§3.1.2.1)."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from oidc.provider import claims
from oidc.provider.claims import Person
from oidc.provider.issuer import issuer_of
from tenants.clients.models import Client
from tenants.keys import signing
from tenants.registry.models import Tenant

LIFETIME: Final = timedelta(minutes=10)  # contract 7.3
TYP: Final = "JWT"
# §3.1.3.6: the hash of the signature's algorithm; Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
_HASHES: Final = {"EdDSA": hashlib.sha512, "RS256": hashlib.sha256, "ES256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class SignIn:
    """What is told about how the person signed in: from the grant, true for its whole life."""

    session_id: UUID | None
    auth_time: datetime | None
    amr: tuple[str, ...]
    acr: str


def issue(
    *,
    tenant: Tenant,
    client: Client,
    person: Person,
    sign_in: SignIn,
    scopes: Iterable[str],
    nonce: str,
    access_token: str,
) -> str:
    """A signed ID token for `client`. No `azp`: it is needed only with several audiences (§2)."""
    now = int(timezone.now().timestamp())
    body: dict[str, Any] = {
        "iss": issuer_of(tenant),
        "sub": str(person.id),
        "aud": client.client_id,
        "exp": now + int(LIFETIME.total_seconds()),
        "iat": now,
        "at_hash": half_hash(access_token, client.algorithm),
    }
    if sign_in.auth_time is not None:
        body["auth_time"] = int(sign_in.auth_time.timestamp())
    if nonce:
        body["nonce"] = nonce
    if sign_in.acr:
        body["acr"] = sign_in.acr
    if sign_in.amr:
        body["amr"] = list(sign_in.amr)
    if sign_in.session_id is not None:
        body["sid"] = str(sign_in.session_id)
    body |= claims.released(person, scopes)
    return signing.sign(tenant_id=tenant.id, algorithm=client.algorithm, typ=TYP, claims=body)


def half_hash(value: str, algorithm: str) -> str:
    """at_hash (§3.1.3.6): base64url of the left half of the hash."""
    digest = _HASHES[algorithm](value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def read_hint(*, tenant: Tenant, token: str, client_id: str) -> dict[str, Any] | None:
    """The claims of an ID token of this tenant, expired or not; None for anything else.

    `client_id` "" accepts a token for any client. Access tokens and other types are refused by
    their `typ` (JW11), foreign keys by the signature (JW05).
    """
    found = signing.verify(tenant_id=tenant.id, token=token, typ=TYP)
    if found is None or found.get("iss") != issuer_of(tenant):
        return None
    audience = found.get("aud")
    if not isinstance(audience, str) or (client_id and audience != client_id):
        return None
    try:
        UUID(found["sub"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return found
