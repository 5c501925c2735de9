"""The page on which a person asks for a mailed code and sets a new picture; the native API does it."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from authn.login import pages
from tenants.registry.scoping import TenantRequest, in_tenant


@require_safe
@never_cache
@in_tenant
def recover(request: TenantRequest) -> HttpResponse:
    """`/recover/<slug>/`: belongs to nobody's sign-in, and leads back to the one it came from."""
    tenant = request.tenant
    auth_req_id = request.GET.get("auth_req_id", "")
    back = pages.home(tenant)
    context: dict[str, Any] = {
        "tenant": tenant,
        "image": pages.wishes(tenant),
        "has_username": tenant.policy.has_username_and_email,
        "sign_in_url": f"{back}?auth_req_id={quote(auth_req_id)}" if auth_req_id else back,
    }
    return render(request, "image/recover.html", context)
