"""Forms are sent from our own pages only (WB01, WB02): Django's check, worded for people."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render

from identity.kernel.stacks import PagesOnly


class CsrfMiddleware(PagesOnly, CsrfViewMiddleware):  # type: ignore[misc]  # same call, narrower type
    """Protocol endpoints know no cookies and no forms: they have no request to forge."""


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    """A stale or foreign form: nothing was done, and how to go on. `reason` is for logs only."""
    context = {
        "retry_url": request.get_full_path(),
        "reference": request.META.get("SIGNET_REQUEST_ID", ""),
    }
    return render(request, "errors/csrf.html", context, status=403)
