"""What browsers are told about every answer: strict by default, stricter where a view says so."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# WB07: no inline script or style anywhere, so no nonces; nothing from elsewhere (RU15). Redirects to clients after a form are ended by a page (authn.login.handoff), so
# `form-action` stays with us.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# WB04, WB08
PAGE: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    ),
    "Referrer-Policy": "same-origin",
    # What a person saw must not come out of a cache for the next one at this browser.
    "Cache-Control": "no-store",
}
# Two years, what preload lists ask for; the names beside ours are not ours to bind.
TRANSPORT_SECURITY: Final = "max-age=63072000"


class HeadersMiddleware:
    """Adds what an answer lacks; pages served at protocol paths are pages too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.always = {"X-Content-Type-Options": "nosniff"}
        if settings.IS_HTTPS:
            self.always["Strict-Transport-Security"] = TRANSPORT_SECURITY

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        for name, value in self.always.items():
            headers.setdefault(name, value)
        if headers.get("Content-Type", "").startswith("text/html"):
            for name, value in PAGE.items():
                headers.setdefault(name, value)
        return response
