"""Token revocation (RFC 7009): whichever token of a grant is handed in, the grant is dead."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST
from oauthlib.oauth2 import UnsupportedTokenTypeError

from authn.sessions import grants, tokens
from oidc.provider import client_authentication, edge, errors, parameters, refresh_tokens
from oidc.provider.parameters import Malformed
from tenants.clients.models import Client
from tenants.registry.models import Tenant

REASON = "revoked_by_client"


@require_POST
@edge.of_tenant
def revoke(request: Any) -> HttpResponse:
    """§2.2: 200 also for a token that is unknown, dead or another client's (TK23)."""
    form = parameters.of_form(request)
    client = client_authentication.authenticate(tenant=request.tenant, http=request, form=form)
    if not (value := form.get("token")):
        raise Malformed("token is missing")
    grant_id = _grant_of(request.tenant, client, value)
    if grant_id is not None:
        actor = client_authentication.actor_of(client, request)
        grants.revoke(tenant=request.tenant, grant_id=grant_id, reason=REASON, actor=actor)
    return HttpResponse(b"", headers=errors.NO_STORE)


def _grant_of(tenant: Tenant, client: Client, value: str) -> UUID | None:
    """The grant behind a token of `client`, if it lives. The hint (§2.1) is not needed to tell."""
    if value.startswith("srt_"):
        return refresh_tokens.grant_of(token=value, client=client)
    live = tokens.inspect(tenant=tenant, value=value)
    if live is None or live.client_pk != client.pk:
        return None
    if live.user is None:
        # §2.2.1. Its grant lives as long as the client; the token itself for minutes.
        raise UnsupportedTokenTypeError(description="A client's own tokens expire by themselves")
    return live.grant_id
