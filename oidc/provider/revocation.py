"""Token revocation (RFC 7009): whichever token of a grant is handed in, the grant is dead."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauthlib.oauth2 import OAuth2Error

from authn.sessions import grants, tokens
from oidc.provider import client_authentication, errors, parameters, refresh_tokens
from oidc.provider.parameters import Malformed
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.registry.scoping import in_tenant

REASON = "revoked_by_client"


class _CannotRevoke(Exception):
    """A token of the client's own standing grant, which lives as long as the client."""


@csrf_exempt
@require_POST
@in_tenant(on_missing=errors.no_tenant)
def revoke(request: Any) -> HttpResponse:
    """§2.2: 200 also for a token that is unknown, dead or another client's (TK23)."""
    try:
        form = parameters.of_form(request)
        client = client_authentication.authenticate(tenant=request.tenant, http=request, form=form)
    except Malformed as problem:
        return errors.malformed(problem)
    except OAuth2Error as error:
        return errors.oauth(error)
    value = form.get("token")
    if not value:
        return errors.json_error("invalid_request", "token is missing")
    try:
        grant_id = _grant_of(request.tenant, client, value)
    except _CannotRevoke:
        # §2.2.1. Such a token lives for minutes; disabling the client ends it at once.
        return errors.json_error(
            "unsupported_token_type", "Tokens of the client itself expire; they are not revoked"
        )
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
        raise _CannotRevoke
    return live.grant_id
