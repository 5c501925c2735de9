"""Registration in a browser: the page; what it asks for goes to the native API.

It belongs to an attempt, so that the new person goes on to where they came from.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from authn.login import attempts, browser, destinations, handoff, pages, registration, views
from authn.login.models import LoginAttempt
from tenants.registry.scoping import TenantRequest, in_tenant


@require_safe
def start(request: HttpRequest, **kwargs: Any) -> Any:
    """`/register/<slug>/`: for the sign-in in `auth_req_id`, or for the tenant's own pages."""
    view = show if "auth_req_id" in request.GET else begin
    return view(request, **kwargs)


@never_cache
@in_tenant
def begin(request: TenantRequest) -> HttpResponse:
    """An attempt without a client, which leads to the account."""
    tenant = request.tenant
    if not registration.is_open(tenant=tenant, client=None):
        raise Http404
    if views.is_prefetch(request):
        return HttpResponse(status=204)
    attempt = attempts.begin(
        tenant=tenant,
        browser_digest=browser.digest_of(request),
        resume_url=destinations.account_url(tenant),
    )
    response = handoff.see_other(pages.register_url(attempt, tenant))
    browser.ensure(request, response)
    return response


@views.of_attempt
def show(request: TenantRequest, attempt: LoginAttempt) -> HttpResponse:
    """The page; where registration is closed, the sign-in page instead."""
    tenant = request.tenant
    if not registration.is_open(tenant=tenant, client=attempt.client):
        return handoff.see_other(pages.url_of(attempt, tenant))
    context = {
        "tenant": tenant,
        "client": attempt.client,
        "image": pages.image(attempt, tenant),
        "has_username": tenant.policy.has_username_and_email,
        "sign_in_url": pages.url_of(attempt, tenant),
    }
    return render(request, "image/register.html", context)
