"""Leaving the conversation by a redirect that browsers let through.

Chromium holds every redirect after a form's POST against `form-action`, whole chains of them, on
to other origins too (seen with Chromium 156: POST, 303 here, 303 there is blocked). Listing the
client's origin would not do: it may redirect on to yet another. So where a browser that enforces
the policy leaves by a POST, a page ends the form's navigation and begins a new one at once.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.encoding import iri_to_uri


def see_other(url: str) -> HttpResponse:
    """303: fetch `url` with GET, whatever the method was (RFC 9110 §15.4.4)."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def leave(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url`, which may lead on to other origins.

    303 wherever that works: after a GET, and for programs, which enforce no such policy and send
    no Fetch Metadata. `Refresh` with 0 s takes the POST's place in the history: going back never
    sends the form again.
    """
    if request.method != "POST" or "HTTP_SEC_FETCH_MODE" not in request.META:
        return see_other(url)
    target = iri_to_uri(url)
    response = render(
        request, "login/onward.html", {"tenant": getattr(request, "tenant", None), "url": target}
    )
    response.headers["Refresh"] = f"0; url={target}"
    return response
