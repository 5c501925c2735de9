"""How this edge words what goes wrong: RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from oauthlib.oauth2 import OAuth2Error

from identity.kernel.client_events import origin_of
from identity.kernel.errors import DomainError
from oidc.provider.parameters import Malformed
from tenants.registry.models import Tenant

# RFC 6749 §5.2: the scheme that a client may authenticate with.
BASIC_CHALLENGE: Final = 'Basic realm="signet", charset="UTF-8"'
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# Domain error code → OAuth error and status, for commands called at a protocol endpoint.
WORDING: Final[Mapping[str, tuple[str, int]]] = {
    "error": ("invalid_request", 400),
    "invalid": ("invalid_request", 400),
    "not_found": ("invalid_request", 400),
    "conflict": ("invalid_request", 400),
    "forbidden": ("access_denied", 403),
    "refused": ("invalid_request", 400),
    "blocked": ("slow_down", 429),
}


class Unusable(Exception):
    """Client or redirect URI cannot be trusted: an error page here, never a redirect."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class AuthorizationError(Exception):
    """An answer to the client at its registered redirect URI."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description or code)
        self.code = code
        self.description = description


def json_answer(
    document: object, status: int = 200, headers: Mapping[str, str] = NO_STORE
) -> HttpResponse:
    """JSON that nobody keeps."""
    return HttpResponse(
        orjson.dumps(document),
        content_type="application/json",
        status=status,
        headers=dict(headers),
    )


def json_error(
    code: str, description: str = "", status: int = 400, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """RFC 6749 §5.2: `error` and `error_description`."""
    document = {"error": code}
    if description:
        document["error_description"] = description
    return json_answer(document, status, {**NO_STORE, **(headers or {})})


def malformed(problem: Malformed) -> HttpResponse:
    """What cannot be read is an invalid request."""
    return json_error("invalid_request", problem.description, problem.status)


def worded(error: DomainError) -> HttpResponse:
    """A domain error in OAuth's words."""
    code, status = WORDING[error.code]
    headers = {}
    if "retry_after_seconds" in error.data:
        headers["Retry-After"] = str(error.data["retry_after_seconds"])
    return json_error(code, error.detail, status, headers)


def oauth(error: OAuth2Error) -> HttpResponse:
    """What client authentication and oauthlib's own checks raise."""
    headers = dict(error.headers)
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = BASIC_CHALLENGE
    return json_error(error.error, error.description or "", error.status_code, headers)


def no_tenant(_request: HttpRequest) -> HttpResponse:
    """An unknown or suspended tenant has no provider."""
    return json_answer({"detail": "Not Found", "code": "not_found"}, 404)


def no_tenant_page(request: HttpRequest) -> HttpResponse:
    """The same for a person whom a wrong link led here."""
    reason = gettext("There is no such organisation here")
    return page(request, tenant=None, code="not_found", reason=reason, status=404)


def page(
    request: HttpRequest, *, tenant: Tenant | None, code: str, reason: str, status: int = 400
) -> HttpResponse:
    """The error page: no Location, nothing about the person, a reference for the operator."""
    response = render(
        request,
        "errors/oauth.html",
        {
            "tenant": tenant,
            "reason": reason,
            "code": code,
            "reference": origin_of(request).request_id,
        },
        status=status,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
