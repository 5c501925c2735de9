"""Sign In: the browser of an attempt brings the ticket of a proof made over the API."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from authn.login import attempts, browser, handoff, pages, pipeline, tickets, views
from authn.login.outcomes import Expired
from authn.sessions import cookies
from identity.kernel.client_events import origin_of
from identity.tenancy.scope import tenant_scope
from tenants.registry import resolution
from tenants.registry.scoping import TenantRequest


@never_cache
@require_safe
def sign_in(request: TenantRequest) -> HttpResponse:
    """GET /api/auth/sign-in?oid_nonce&auth_req_id (contract 2.5).

    Works only in the browser that holds the attempt's cookie; the ticket works once. What nobody
    meant (HEAD, prefetch) consumes nothing. A wrong or used ticket leads to the attempt's page,
    which asks for a proof again.
    """
    if views.is_prefetch(request):
        return HttpResponse(status=204)
    auth_req_id = request.GET.get("auth_req_id", "")
    tenant_id = attempts.tenant_id_in(auth_req_id)
    tenant = resolution.by_id(tenant_id) if tenant_id else None
    if tenant is None:
        return HttpResponse("Unknown sign-in", status=410, content_type="text/plain")
    request.tenant = tenant
    with tenant_scope(tenant.id):
        return _applied(request, auth_req_id, request.GET.get("oid_nonce", ""))


def _applied(request: TenantRequest, auth_req_id: str, nonce: str) -> HttpResponse:
    tenant = request.tenant
    attempt = attempts.find(tenant=tenant, auth_req_id=auth_req_id)
    if attempt is None or not attempt.is_open:
        return pages.expired(request, attempt)
    if not browser.owns(request, attempt):
        return pages.foreign(request)
    proofs = tickets.redeem(tenant=tenant, nonce=nonce, attempt=attempt)
    outcome = (
        pipeline.apply(
            tenant=tenant,
            attempt=attempt,
            proofs=proofs,
            origin=origin_of(request),
            held=cookies.sessions_of(request, tenant),
        )
        if proofs is not None
        else Expired()
    )
    if isinstance(outcome, Expired):
        return handoff.see_other(pages.url_of(attempt, tenant))
    return views.answered(request, attempt, "", outcome)
