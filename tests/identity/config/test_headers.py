"""What browsers are told about every answer."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db


def browser() -> Client:
    """A client that asks for our public name."""
    return Client(headers={"host": urlsplit(settings.PUBLIC_URL).netloc})


def test_a_page_allows_no_inline_code_no_frame_and_no_foreign_source() -> None:
    """security.md WB04, WB07: no unsafe-inline or -eval, base-uri none, form-action limited."""
    response = browser().get("/no-such-page")
    policy = dict(
        directive.split(" ", 1)
        for directive in response.headers["Content-Security-Policy"].split("; ")
    )
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["form-action"] == "'self'"
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/no-such-page", "/sign-in/no-such-tenant/", "/console/"])
def test_every_page_carries_the_protective_headers(path: str) -> None:
    """security.md WB08: also 404 and redirects to a sign-in."""
    response = browser().get(path, follow=True)
    for name in ("Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"):
        assert name in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]


def test_machines_get_no_page_headers() -> None:
    """A protocol answer has no page to protect; discovery and keys must be cacheable."""
    response = browser().get("/healthz")
    assert "Content-Security-Policy" not in response.headers
    assert "Cache-Control" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"
