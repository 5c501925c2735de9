"""Answers that travel through the browser to the client's redirect URI, always with `iss`."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse

from authn.login import handoff
from authn.sessions.models import LoginSession
from identity.kernel.actors import Actor, ActorKind, Origin
from oidc.provider import codes
from oidc.provider.errors import AuthorizationError
from oidc.provider.issuer import issuer_of
from oidc.provider.models import AuthorizationRequest
from oidc.provider.request import Wanted
from tenants.clients.models import Client
from tenants.registry.models import Tenant

SEE_OTHER: Final = 303


def redirect(location: str) -> HttpResponse:
    """303, never 307: a POST with credentials is not repeated elsewhere (RFC 9700 §4.12, RU14).

    No class of Django's: those refuse the private-use schemes of native applications, and the
    location is a registered one.
    """
    return HttpResponse(
        status=SEE_OTHER,
        headers={
            "Location": location,
            "Cache-Control": "no-store",
            "Pragma": "no-cache",
            # The address that holds a code must not travel on in a Referer (RU15).
            "Referrer-Policy": "no-referrer",
        },
    )


def nothing() -> HttpResponse:
    """To a request that nobody meant yet (prefetch): it consumes and begins nothing."""
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def onward(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The same answer after a form's POST, which browsers do not let end at another origin."""
    if request.method != "POST" or "HTTP_SEC_FETCH_MODE" not in request.META:
        return answer
    page = handoff.leave(request, answer.headers["Location"])
    for name in ("Cache-Control", "Pragma", "Referrer-Policy"):
        page.headers[name] = answer.headers[name]
    return page


def error(tenant: Tenant, wanted: Wanted, problem: AuthorizationError) -> HttpResponse:
    """RFC 6749 §4.1.2.1, with `iss` (RFC 9207 §2)."""
    members = [("error", problem.code)]
    if problem.description:
        members.append(("error_description", problem.description))
    return _answer(tenant, wanted, members)


def code(
    *,
    tenant: Tenant,
    client: Client,
    wanted: Wanted,
    session: LoginSession,
    request: AuthorizationRequest | None,
    origin: Origin,
) -> HttpResponse | None:
    """RFC 6749 §4.1.2: the only place that hands out codes. None if `request` was answered before."""
    issued = codes.issue(
        tenant=tenant,
        client=client,
        session=session,
        scopes=wanted.scopes,
        redirect_uri=wanted.redirect_uri,
        code_challenge=wanted.code_challenge,
        nonce=wanted.nonce,
        request=request,
        actor=actor_of(session, origin),
    )
    if issued is None:
        return None
    return _answer(tenant, wanted, [("code", issued.reveal())])


def actor_of(session: LoginSession, origin: Origin) -> Actor:
    """The person of a session."""
    user = session.user
    return Actor(
        ActorKind.USER,
        id=user.id,
        label=user.username,
        tenant_id=user.tenant_id,
        roles=frozenset(user.roles),
        origin=origin,
    )


def host_of(uri: str) -> str:
    """What a consent page tells about where the answer goes."""
    parts = urlsplit(uri)
    return parts.netloc or f"{parts.scheme}:"


def _answer(tenant: Tenant, wanted: Wanted, members: Sequence[tuple[str, str]]) -> HttpResponse:
    every = [*members, ("iss", issuer_of(tenant))]
    if wanted.client_state:
        every.append(("state", wanted.client_state))
    # The registered URI stays byte for byte; its own query, if any, goes on (RFC 6749 §3.1.2).
    separator = "&" if "?" in wanted.redirect_uri else "?"
    return redirect(f"{wanted.redirect_uri}{separator}{urlencode(every)}")
