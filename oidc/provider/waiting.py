"""Authorization requests that wait for a person: found again by the browser that brought them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from authn.login import browser
from authn.sessions.models import EndReason, LoginSession
from identity.kernel import secrets
from identity.tenancy.prepared import Prepared
from oidc.provider.issuer import page
from oidc.provider.models import AuthorizationRequest
from tenants.clients import redirects
from tenants.registry.models import Tenant

PARAMETER = "request"
_WAITING: Final = Prepared(
    lambda tenant, row_id, at: (
        AuthorizationRequest.objects.waiting(at)
        .filter(tenant_id=tenant, pk=row_id)
        .select_related("client", "attempt")
    ),
    tenant=UUID,
    row_id=UUID,
    at=datetime,
)


def address(tenant: Tenant, name: str, row: AuthorizationRequest) -> str:
    """The page `name` for this request. Its id is no secret: the browser's cookie is."""
    return f"{page(tenant, name)}?{PARAMETER}={row.pk}"


def of(request: Any) -> AuthorizationRequest | HttpResponse:
    """The request that `?request=` names, or the page that says why it goes no further.

    Only the browser that began it gets on (AZ10, AZ25); only while it is neither answered nor old.
    """
    given = request.GET.get(PARAMETER, "")
    try:
        row_id = UUID(given)
    except ValueError:
        return expired(request)
    row = _WAITING.first(tenant=request.tenant.id, row_id=row_id, at=timezone.now())
    if row is None or not _still_stands(row):
        return expired(request)
    if not secrets.equal(browser.digest_of(request), bytes(row.browser_digest)):
        return render(request, "login/foreign.html", {"tenant": request.tenant}, status=403)
    # The tenant of the request is this row's: one object, its policy parsed once.
    row.tenant = request.tenant
    return row


def _still_stands(row: AuthorizationRequest) -> bool:
    """An operator may have changed the client while the person was signing in."""
    client = row.client
    return (
        not client.is_disabled
        and redirects.is_registered(client, row.redirect_uri)
        and set(row.scopes) <= set(client.allowed_scopes)
    )


def still_held(
    tenant: Tenant, held: Sequence[LoginSession], session_id: UUID | None
) -> LoginSession | None:
    """Of the sessions that this browser holds, the one with this id, or the one that took its
    place when the same person proved themselves again in another tab."""
    if session_id is None:
        return None
    exact = next((session for session in held if session.pk == session_id), None)
    if exact is not None or not held:
        return exact
    # A browser holds one session of a person, and a session is replaced in its own browser only.
    replaced = LoginSession.objects.filter(
        tenant=tenant, pk=session_id, end_reason=EndReason.REPLACED
    )
    person = replaced.values_list("user_id", flat=True).first()
    return next((session for session in held if session.user_id == person), None)


def expired(request: Any) -> HttpResponse:
    """Answered before, too old, or unknown: nothing about it is told apart."""
    return render(request, "login/expired.html", {"tenant": request.tenant}, status=410)
