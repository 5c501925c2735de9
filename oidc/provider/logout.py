"""The end session endpoint (OpenID Connect RP-Initiated Logout 1.0; contract operations 4 and 5).

The endpoint reads and checks; a page of the same browser acts. What travels between the two is
signed, so that neither the ID token nor an unchecked address ends up in the page's URL.
"""

import json
from base64 import urlsafe_b64decode
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing as django_signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from authn.login.views import is_prefetch
from authn.sessions import cookies, lifecycle
from authn.sessions.models import EndReason, LoginSession
from identity.kernel.client_events import origin_of
from identity.tenancy.scope import tenant_scope
from oidc.provider import answering, errors, id_tokens, parameters, waiting
from oidc.provider.errors import Unusable
from oidc.provider.issuer import page, slug_in
from oidc.provider.parameters import Malformed, Parameters
from tenants.clients import directory, redirects
from tenants.registry import resolution
from tenants.registry.models import Tenant
from tenants.registry.scoping import in_tenant

TICKET: Final = "request"
# As long as an authorization request: time to read a question.
_TICKET_SECONDS: Final = 600
_SALT: Final = "oidc.provider.logout"
_MAX_STATE_CHARACTERS: Final = 4096
Ticket = dict[str, str]


@csrf_exempt
@require_http_methods(["GET", "POST"])
@in_tenant(on_missing=errors.no_tenant_page)
def logout(request: Any) -> HttpResponse:
    """`{issuer}/logout`. Cross-site posts are what this endpoint is for, hence no CSRF token: it
    only reads; the page it leads to asks or acts."""
    try:
        asked = parameters.of_either(request)
    except Malformed as problem:
        return errors.page(
            request, tenant=request.tenant, code="invalid_request", reason=problem.description
        )
    return _logout(request, asked)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def logout_by_hint(request: Any) -> HttpResponse:
    """`/api/oidc/logout`: the hint's issuer names the tenant."""
    try:
        asked = parameters.of_either(request)
    except Malformed as problem:
        return errors.malformed(problem)
    hint = asked.get("id_token_hint")
    if not hint and _wants_json(request):
        missing = {"loc": [_place(request), "id_token_hint"], "msg": "Field required"}
        return errors.json_answer({"detail": [{**missing, "type": "missing"}]}, 422)
    tenant = resolution.by_slug(slug_in(_unverified_issuer(hint)))
    if tenant is None:
        reason = gettext("Nothing says whose sign-in is meant")
        if _wants_json(request):
            return errors.json_answer({"detail": reason}, 400)
        return errors.page(request, tenant=None, code="invalid_request", reason=reason)
    request.tenant = tenant
    with tenant_scope(tenant.id):
        return _logout(request, asked)


@require_http_methods(["GET", "POST"])
@in_tenant
def confirm(request: Any) -> HttpResponse:
    """The page. A sign-in that the hint proves to be meant ends at once; any other is asked about
    (LO01), by a form with a CSRF token."""
    tenant: Tenant = request.tenant
    if is_prefetch(request):
        return answering.nothing()
    ticket = _opened(request)
    held = cookies.sessions_of(request, tenant)
    if request.method == "POST":
        if request.POST.get("decision") != "logout":
            return answering.redirect(f"/account/{tenant.slug}/")
        return _ended(request, ticket, held, held[0] if held else None)
    meant = _meant(tenant, ticket, held)
    if meant is not None or not held:
        return _ended(request, ticket, held, meant)
    client = directory.find(tenant.id, ticket.get("client_id", ""))
    account = {"name": held[0].user.display, "email": held[0].user.email}
    return render(
        request,
        "login/logout_confirm.html",
        {
            "tenant": tenant,
            "client_name": client.name if client else "",
            "account": account,
            "action": request.get_full_path(),
            "hidden": {},
        },
    )


def _logout(request: Any, asked: Parameters) -> HttpResponse:
    tenant: Tenant = request.tenant
    try:
        ticket = _checked(tenant, asked)
    except Unusable as problem:
        if _wants_json(request):
            return errors.json_answer({"detail": problem.reason, "code": problem.code}, 400)
        return errors.page(request, tenant=tenant, code=problem.code, reason=problem.reason)
    if _wants_json(request) and "sid" in ticket:
        return _by_machine(request, ticket)
    sealed = django_signing.dumps({"tenant": str(tenant.id), **ticket}, salt=_SALT)
    return answering.redirect(f"{page(tenant, 'logout')}?{urlencode({TICKET: sealed})}")


def _checked(tenant: Tenant, asked: Parameters) -> Ticket:
    """What the request says, as far as it is true. Raises Unusable: no redirect then (LO03)."""
    if asked.repeated:
        raise Unusable("invalid_request", gettext("A parameter was given more than once"))
    ticket: Ticket = {}
    client_id = asked.get("client_id")
    if hint := asked.get("id_token_hint"):
        claims = id_tokens.read_hint(tenant=tenant, token=hint, client_id=client_id)
        if claims is None:
            raise Unusable("invalid_request", gettext("The id_token_hint is not valid"))
        client_id = claims["aud"]
        ticket |= {"sub": claims["sub"], "sid": str(claims.get("sid", ""))}
    client = directory.find(tenant.id, client_id) if client_id else None
    if client is not None:
        ticket["client_id"] = client.client_id
    uri = asked.get("post_logout_redirect_uri")
    if not uri:
        return ticket
    if client is None or not redirects.is_registered_after_logout(client, uri):
        raise Unusable("invalid_request", gettext("The address to return to is not registered"))
    state = asked.get("state")
    if len(state) > _MAX_STATE_CHARACTERS:
        raise Unusable("invalid_request", gettext("state is too long"))
    return ticket | {"uri": uri, "state": state}


def _by_machine(request: Any, ticket: Ticket) -> HttpResponse:
    """Operation 5 without a browser: holding the ID token is the right to end its sign-in."""
    session = _session_of(request.tenant, ticket)
    if session is not None:
        actor = answering.actor_of(session, origin_of(request))
        lifecycle.end(session=session, reason=EndReason.SIGNED_OUT, actor=actor)
    if "uri" in ticket:
        return answering.redirect(_onward(ticket))
    return errors.json_answer(None)


def _meant(tenant: Tenant, ticket: Ticket, held: list[LoginSession]) -> LoginSession | None:
    """The session of this browser that the hint speaks of (LO02)."""
    if not ticket.get("sid"):
        return None
    session = waiting.still_held(tenant, held, UUID(ticket["sid"]))
    return session if session is not None and str(session.user_id) == ticket["sub"] else None


def _session_of(tenant: Tenant, ticket: Ticket) -> LoginSession | None:
    if not ticket["sid"]:
        return None
    rows = LoginSession.objects.filter(tenant=tenant, pk=ticket["sid"], user_id=ticket["sub"])
    return rows.live().select_related("user").first()


def _ended(
    request: Any, ticket: Ticket, held: list[LoginSession], session: LoginSession | None
) -> HttpResponse:
    tenant: Tenant = request.tenant
    if session is not None:
        actor = answering.actor_of(session, origin_of(request))
        lifecycle.end(session=session, reason=EndReason.SIGNED_OUT, actor=actor)
    if "uri" in ticket:
        response = answering.onward(request, answering.redirect(_onward(ticket)))
    else:
        client = directory.find(tenant.id, ticket.get("client_id", ""))
        response = render(
            request,
            "login/logged_out.html",
            {
                "tenant": tenant,
                "client_logout_uri": client.client_logout_uri if client else "",
                "client_name": client.name if client else "",
                "sign_in_url": f"/sign-in/{tenant.slug}/",
            },
        )
    if session is not None:
        left = [other for other in held if other.pk != session.pk]
        cookies.forget(response, request, tenant, left=left)
    return response


def _onward(ticket: Ticket) -> str:
    """§3: the registered URI byte for byte, with the caller's state."""
    if not ticket["state"]:
        return ticket["uri"]
    separator = "&" if "?" in ticket["uri"] else "?"
    return f"{ticket['uri']}{separator}{urlencode({'state': ticket['state']})}"


def _opened(request: Any) -> Ticket:
    """The signed ticket; empty, which asks, if there is none or it is old, changed or foreign."""
    try:
        ticket: Ticket = django_signing.loads(
            request.GET.get(TICKET, ""), salt=_SALT, max_age=_TICKET_SECONDS
        )
    except django_signing.BadSignature:
        return {}
    return ticket if ticket.pop("tenant", "") == str(request.tenant.id) else {}


def _wants_json(request: HttpRequest) -> bool:
    accepted = request.META.get("HTTP_ACCEPT", "")
    return "application/json" in accepted and "text/html" not in accepted


def _place(request: HttpRequest) -> str:
    return "body" if request.method == "POST" else "query"


def _unverified_issuer(token: str) -> object:
    """Only to find the tenant whose keys then judge the token."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return None
    return claims.get("iss") if isinstance(claims, dict) else None
