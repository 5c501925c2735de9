"""One public name, whatever the Host header says."""

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db

PUBLIC_HOST = settings.PUBLIC_URL.split("//")[1]


def test_a_page_under_another_name_is_redirected_to_the_public_one() -> None:
    """Issue, point 1. The path and the query survive."""
    response = Client().get("/sign-in/demo/?a=1", headers={"host": "evil.example"})
    assert response.status_code == 302
    assert response.headers["Location"] == f"{settings.PUBLIC_URL}/sign-in/demo/?a=1"


def test_a_redirect_never_leaves_the_public_host() -> None:
    """`//evil.example` must not become a scheme-relative address."""
    response = Client().get("//evil.example/x", headers={"host": "other.example"})
    assert response.headers["Location"].startswith(f"{settings.PUBLIC_URL}/")


@pytest.mark.parametrize("path", ["/api/oidc/demo/.well-known/openid-configuration", "/api/users"])
def test_a_protocol_endpoint_under_another_name_answers_400(path: str) -> None:
    """Issue, point 1: an issuer must not depend on what the caller calls us."""
    response = Client().get(path, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert response.json()["code"] == "wrong_host"


def test_a_form_sent_to_another_name_is_not_redirected() -> None:
    """What was posted (a password) must not be repeated elsewhere."""
    response = Client().post("/sign-in/demo/", {"a": "b"}, headers={"host": "evil.example"})
    assert response.status_code == 400


def test_the_name_is_compared_without_case() -> None:
    """RFC 3986 §3.2.2: the host is case-insensitive."""
    assert Client().get("/healthz", headers={"host": PUBLIC_HOST.upper()}).status_code == 200
    response = Client().get("/no-such-page", headers={"host": PUBLIC_HOST.upper()})
    assert response.status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_answered_under_any_name(path: str) -> None:
    """A load balancer asks by address."""
    response = Client().get(path, headers={"host": "10.1.2.3:8000"})
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_each_answer_carries_an_id_of_its_own() -> None:
    """The id joins the answer, the log lines and the audit row; callers cannot choose it."""
    ids = {
        Client().get("/healthz", headers={"X-Request-Id": "mine"}).headers["X-Request-Id"]
        for _ in range(3)
    }
    assert len(ids) == 3
    assert "mine" not in ids
