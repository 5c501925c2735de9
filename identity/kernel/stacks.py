"""Two middleware stacks in one: protocol endpoints skip what only pages need.

Django runs one list. A page-only middleware is subclassed with `PagesOnly` first:
`class Csrf(PagesOnly, CsrfViewMiddleware)`; on a protocol path it costs one attribute look-up.
"""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PROTOCOL_PREFIXES: Final = ("/api/", "/scim/", "/.well-known/", "/healthz", "/readyz", "/metrics")


def is_protocol(request: HttpRequest) -> bool:
    """True for what machines call: bearer or client authentication, no cookies, no forms."""
    return request.path_info.startswith(PROTOCOL_PREFIXES)


class PagesOnly:
    """Mixin for a middleware class that has no business on protocol endpoints."""

    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> Any:
        """Pass protocol requests straight through."""
        if is_protocol(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]

    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        """The same for the hook that runs before a view."""
        hook = getattr(super(), "process_view", None)
        return None if hook is None or is_protocol(request) else hook(request, *args)
