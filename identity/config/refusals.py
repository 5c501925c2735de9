"""What Django itself refuses or fails at, in words: JSON for machines, a page for people."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from identity.kernel.stacks import is_protocol

# The contract's codes (native API) of what never reaches a view.
CODES = {400: "bad_request", 403: "forbidden", 404: "not_found", 500: "error", 503: "unavailable"}
# An embedded Postgres that was killed is back after one; a failover takes a few.
RETRY_SECONDS = "2"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400: a host, a header or a form that Django does not accept."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """403."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404: the path is not repeated, whatever it says (WB14)."""
    return _answer(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: what happened is in the log, under the reference that the page shows. 503 while the
    database is away: the same request may succeed in a moment."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        response = _answer(request, 503)
        response.headers["Retry-After"] = RETRY_SECONDS
        return response
    return _answer(request, 500)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    reference = request.META.get("SIGNET_REQUEST_ID", "")
    if is_protocol(request):
        detail = HTTPStatus(status).phrase
        body = {"detail": detail, "code": CODES[status], "request_id": reference}
        return JsonResponse(body, status=status)
    context = {"reference": reference, "home_url": "/"}
    return render(request, f"errors/{status}.html", context, status=status)
