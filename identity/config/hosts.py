"""One public name: pages asked for under another are redirected, protocol endpoints refuse.

A Host header that we would believe could point links in mails, redirects and the issuer at an
attacker's machine (security through PUBLIC_URL, never through the request).
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from identity.kernel.stacks import is_protocol

# A load balancer asks by address.
PROBES = frozenset({"/healthz", "/readyz"})


class HostMiddleware:
    """Let through what was asked of PUBLIC_URL's host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.public_host = urlsplit(settings.PUBLIC_URL).netloc.lower()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("HTTP_HOST", "").lower() == self.public_host:
            return self.get_response(request)
        if request.path_info in PROBES:
            return self.get_response(request)
        if is_protocol(request) or request.method not in {"GET", "HEAD"}:
            return JsonResponse(
                {"detail": f"Ask {settings.PUBLIC_URL}.", "code": "wrong_host"}, status=400
            )
        # Not permanent: PUBLIC_URL may change. get_full_path never begins with two slashes.
        return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path())
