"""Token introspection (RFC 7662)."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST
from oauthlib.oauth2 import InvalidClientError

from authn.sessions import tokens
from authn.sessions.tokens import LiveToken
from oidc.provider import client_authentication, edge, errors, parameters, refresh_tokens
from oidc.provider.issuer import issuer_of
from oidc.provider.parameters import Malformed
from tenants.clients.models import Client
from tenants.registry.models import Tenant

# §2.2: nothing more about a token that is unknown, dead, or none of the caller's business (TK22).
INACTIVE = {"active": False}


@require_POST
@edge.of_tenant
def introspect(request: Any) -> HttpResponse:
    """What a live token says, to the client it was issued to or meant for (TK21)."""
    form = parameters.of_form(request)
    client = client_authentication.authenticate(tenant=request.tenant, http=request, form=form)
    if not client.is_confidential:
        # §4: to anybody else this is a place to try stolen strings at.
        raise InvalidClientError
    if not (value := form.get("token")):
        raise Malformed("token is missing")
    return errors.json_answer(describe(tenant=request.tenant, client=client, value=value))


def describe(*, tenant: Tenant, client: Client, value: str) -> dict[str, Any]:
    """§2.2. One statement."""
    if value.startswith("srt_"):
        return _refresh_token(tenant, client, value)
    live = tokens.inspect(tenant=tenant, value=value)
    if live is None or not (live.client_pk == client.pk or live.is_for(client.client_id)):
        return INACTIVE
    return _access_token(live)


def _access_token(live: LiveToken) -> dict[str, Any]:
    named = ("iss", "sub", "aud", "iat", "exp", "jti", "sid", "auth_time", "acr", "amr")
    found = {name: live.claims[name] for name in named if name in live.claims}
    found |= {
        "active": True,
        "client_id": live.client_id,
        "scope": " ".join(sorted(live.scopes)),
        "token_type": "Bearer",
    }
    if live.user is not None:
        found["username"] = live.user.username
    return found


def _refresh_token(tenant: Tenant, client: Client, value: str) -> dict[str, Any]:
    found = refresh_tokens.live(token=value, client=client, now=timezone.now())
    if found is None:
        return INACTIVE
    standing, expires_at = found
    return {
        "active": True,
        "client_id": client.client_id,
        "scope": " ".join(sorted(standing.scopes)),
        "iss": issuer_of(tenant),
        "sub": str(standing.person.id),
        "username": standing.person.username,
        "exp": int(expires_at.timestamp()),
    }
