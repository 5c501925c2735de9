"""Forms are sent from our own pages only (WB01, WB02): Django's check, worded for people."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render

from identity.kernel.stacks import PagesOnly

_STALE: Final = "CSRF token from POST incorrect."  # Django's words for a token of before
_STEP: Final = re.compile(r"/sign-in/[^/]+/(identifier|password|email)")


class CsrfMiddleware(PagesOnly, CsrfViewMiddleware):  # type: ignore[misc]  # same call, narrower type
    """Protocol endpoints know no cookies and no forms: they have no request to forge."""


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A stale or foreign form: nothing was done, and how to go on."""
    if reason == _STALE and _STEP.fullmatch(request.path_info):
        # Another tab signed in meanwhile and changed the token: the same page once more.
        response = HttpResponse(status=303)
        response["Location"] = f"{request.get_full_path()}&stale=1"
        return response
    context = {
        "retry_url": request.get_full_path(),
        "reference": request.META.get("SIGNET_REQUEST_ID", ""),
    }
    return render(request, "errors/csrf.html", context, status=403)
