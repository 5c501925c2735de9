"""Making access tokens (RFC 9068)."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from identity.kernel.identifiers import unguessable
from tenants.clients.models import Client
from tenants.keys import signing
from tenants.registry.models import Tenant

TYPE: Final = "at+jwt"  # RFC 9068 §2.1


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A signed token, its life in seconds, and its id."""

    value: str
    expires_in: int
    jti: str


def issuer_of(tenant: Tenant) -> str:
    """The issuer identifier of a tenant: from PUBLIC_URL, never from a request's Host."""
    return f"{settings.PUBLIC_URL}/api/oidc/{tenant.slug}"


def access_token(
    *,
    tenant: Tenant,
    client: Client,
    grant_id: UUID,
    subject: str,
    session_id: UUID | None,
    scopes: Collection[str],
    auth_time: datetime | None = None,
    acr: str = "",
    amr: Sequence[str] = (),
    audience: Sequence[str] = (),
) -> IssuedToken:
    """A token bound to a grant (`gid`): it dies with the grant at every endpoint of ours.

    RFC 9068 §2.2. Life: the client's own setting, else the tenant's (5 minutes by default).
    `subject` is the user's id, or the `client_id` for a client's own token. Without `audience`
    the token is for the issuer itself (contract 2.3). Signed as the client's ID tokens are, for
    what reads the one reads the other. No statement once the key is in the process.
    """
    now = int(time.time())
    lifetime_seconds = client.access_token_seconds or tenant.policy.access_token_seconds
    jti = unguessable(16)
    issuer = issuer_of(tenant)
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": list(audience) or issuer,
        "client_id": client.client_id,
        "scope": " ".join(sorted(scopes)),
        "iat": now,
        "exp": now + lifetime_seconds,
        "jti": jti,
        "gid": str(grant_id),
    }
    if session_id is not None:
        claims["sid"] = str(session_id)
    if auth_time is not None:
        claims |= {"auth_time": int(auth_time.timestamp()), "acr": acr, "amr": list(amr)}
    value = signing.sign(tenant_id=tenant.id, algorithm=client.algorithm, typ=TYPE, claims=claims)
    return IssuedToken(value, lifetime_seconds, jti)
