"""The consent page (OpenID Connect Core §3.1.2.4). The stored request decides, not the form."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from authn.sessions import cookies
from authn.sessions.models import LoginSession
from identity.kernel.client_events import origin_of
from oidc.consents import consenting
from oidc.consents import scopes as scope_words
from oidc.provider import answering, codes, waiting
from oidc.provider.errors import AuthorizationError
from oidc.provider.models import AuthorizationRequest, RequestState
from tenants.clients.models import Client
from tenants.registry.scoping import in_tenant


@require_http_methods(["GET", "POST"])
@in_tenant
def consent(request: Any) -> HttpResponse:
    """Ask the person of the request's session; only an explicit "allow" allows (AZ09, AZ10)."""
    row = waiting.of(request)
    if isinstance(row, HttpResponse):
        return row
    held = cookies.sessions_of(request, request.tenant)
    session = waiting.still_held(request.tenant, held, row.session_id)
    if session is None:
        return waiting.expired(request)
    if request.method == "GET":
        return _page(request, row, session)
    if request.POST.get("decision") != "allow":
        return _refused(request, row, session)
    return _allowed(request, row, session)


def _page(request: Any, row: AuthorizationRequest, session: LoginSession) -> HttpResponse:
    known = consenting.standing(user=session.user, client=row.client)
    return render(
        request,
        "consents/consent.html",
        {
            "tenant": request.tenant,
            "client": row.client,
            "user": session.user,
            "scopes": scope_words.described(row.scopes, known),
            "redirect_host": answering.host_of(row.redirect_uri),
            "action": waiting.address(request.tenant, "consent", row),
            "hidden": {waiting.PARAMETER: str(row.pk)},
            "apps_url": f"/account/{request.tenant.slug}/apps",
        },
    )


def _refused(request: Any, row: AuthorizationRequest, session: LoginSession) -> HttpResponse:
    with transaction.atomic():
        if not codes.close(row, RequestState.REFUSED):
            return waiting.expired(request)
        consenting.refuse(
            user=session.user,
            client=row.client,
            scopes=row.scopes,
            actor=answering.actor_of(session, origin_of(request)),
        )
    problem = AuthorizationError("access_denied", "The person did not allow it")
    return answering.onward(request, answering.error(request.tenant, row, problem))


def _allowed(request: Any, row: AuthorizationRequest, session: LoginSession) -> HttpResponse:
    origin = origin_of(request)
    with transaction.atomic():
        consenting.give(
            user=session.user,
            client=row.client,
            scopes=row.scopes,
            documents=_documents(row.client),
            actor=answering.actor_of(session, origin),
        )
        response = answering.code(
            tenant=request.tenant,
            client=row.client,
            wanted=row,
            session=session,
            request=row,
            origin=origin,
        )
    return answering.onward(request, response) if response else waiting.expired(request)


def _documents(client: Client) -> dict[str, str]:
    """What the page linked to, and the person therefore accepted (contract 2.8)."""
    named = {
        "policy": client.op_policy_url,
        "terms": client.op_tos_url,
        "user_agreement": client.op_user_agreement_url,
    }
    return {name: url for name, url in named.items() if url}
