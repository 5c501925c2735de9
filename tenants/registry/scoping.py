"""The tenant of a request: from the path, set once, carried through streamed answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, overload

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from identity.tenancy.scope import carried, tenant_scope
from tenants.registry import resolution
from tenants.registry.models import Tenant

View = Callable[..., HttpResponseBase]


class TenantRequest(HttpRequest):
    """A request inside `in_tenant`: what the type checker is told, no class of its own."""

    tenant: Tenant


@overload
def in_tenant(view: View) -> View: ...


@overload
def in_tenant(
    *, on_missing: Callable[[HttpRequest], HttpResponseBase]
) -> Callable[[View], View]: ...


def in_tenant(
    view: View | None = None, *, on_missing: Callable[[HttpRequest], HttpResponseBase] | None = None
) -> Any:
    """Run a view in the scope of the tenant that its URL names.

    The URL keyword `tenant_slug` is taken away and becomes `request.tenant`. An unknown or
    suspended tenant is a 404 page, or what `on_missing(request)` answers: protocol edges word it
    themselves. Used bare (`@in_tenant`) or with arguments.
    """

    def decorate(inner: View) -> View:
        @wraps(inner)
        def scoped(request: Any, *args: Any, tenant_slug: str, **kwargs: Any) -> HttpResponseBase:
            tenant = resolution.by_slug(tenant_slug)
            if tenant is None:
                if on_missing is None:
                    raise Http404("No such tenant")
                return on_missing(request)
            request.tenant = tenant
            with tenant_scope(tenant.id):
                response = inner(request, *args, **kwargs)
                if isinstance(response, StreamingHttpResponse) and not response.is_async:
                    # Its parts are made after this scope was left.
                    response.streaming_content = carried(response.streaming_content)  # type: ignore[arg-type]
                return response

        return scoped

    return decorate if view is None else decorate(view)
