"""The rules of a sign-in that need no database."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from authn.login import assurance, attempts, destinations, email_codes, handoff, plan
from authn.login.requirements import Requirements
from identity.kernel.identifiers import uuid7

ONE, TWO = assurance.ONE_FACTOR, assurance.TWO_FACTORS


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (plan.Facts(), "identifier"),
        (plan.Facts(methods=("password",)), "identifier"),
        (plan.Facts(has_identifier=True), "password"),
        (plan.Facts(has_identifier=True, methods=("email",)), "password"),
        (plan.Facts(has_identifier=True, is_verified=False), "password"),
        (plan.Facts(has_identifier=True, methods=("password",), is_verified=False), "email"),
        (plan.Facts(has_identifier=True, methods=("password",)), None),
        (plan.Facts(has_identifier=True, methods=("image",)), None),
        (plan.Facts(has_identifier=True, methods=("image",), is_verified=False), "email"),
        (plan.Facts(has_identifier=True, may_use_password=False), "image"),
        (plan.Facts(has_identifier=True, methods=("image",), is_picture_alone=True), "password"),
    ],
)
def test_the_plan_asks_for_what_is_owed(facts: plan.Facts, step: str | None) -> None:
    """Architecture: the plan is read again after each answer; AZ24: no step can be skipped."""
    assert plan.next_step(facts) == step


@pytest.mark.parametrize(
    ("amr", "acr"),
    [
        ([], ONE),
        (["pwd"], ONE),
        (["pwd", "pin"], ONE),
        (["otp", "hwk"], ONE),
        (["pwd", "otp"], TWO),
        (["hwk", "pin"], TWO),
        (["swk", "pin"], ONE),
        (["swk", "pin", "pwd"], TWO),
        (["swk", "otp"], ONE),
        (["mfa"], TWO),
    ],
)
def test_two_factors_are_two_different_kinds(amr: list[str], acr: str) -> None:
    """NIST SP 800-63B-4 §2.2: two *distinct* factors; RFC 8176 words."""
    assert assurance.acr_for(amr) == acr


@pytest.mark.parametrize(
    ("acr", "wished", "is_enough"),
    [
        (ONE, (), True),
        (ONE, ("urn:unknown",), True),
        (ONE, (ONE,), True),
        (ONE, (TWO,), False),
        (ONE, (TWO, ONE), True),
        (TWO, (ONE,), True),
        ("", (ONE,), False),
    ],
)
def test_a_higher_class_is_good_where_a_lower_one_was_wished(
    acr: str, wished: tuple[str, ...], is_enough: bool
) -> None:
    """OpenID Connect Core §3.1.2.1: acr_values is voluntary; what we do not know is no wish."""
    assert assurance.is_enough(acr, wished) == is_enough


def session(**more: Any) -> Any:
    """A session five minutes after its proof."""
    fields = {"user_id": uuid7(), "acr": ONE, "auth_time": timezone.now() - timedelta(minutes=5)}
    return SimpleNamespace(**fields | more)


def test_a_session_meets_what_is_not_asked_for() -> None:
    """Single sign-on: nothing asked, any live session will do."""
    assert Requirements().are_met_by(session())


def test_a_session_does_not_meet_a_fresh_proof_its_age_or_another_person() -> None:
    """OpenID Connect Core §3.1.2.1: prompt=login, max_age; id_token_hint names the person."""
    held = session()
    assert not Requirements(must_prove_fresh=True).are_met_by(held)
    assert not Requirements(max_age_seconds=299).are_met_by(held)
    assert Requirements(max_age_seconds=301).are_met_by(held)
    assert not Requirements(max_age_seconds=0).are_met_by(held)
    other: Any = SimpleNamespace(id=uuid7())
    assert not Requirements(required_user=other).are_met_by(held)
    assert not Requirements(acr_values=(TWO,)).are_met_by(held)


TENANT: Any = SimpleNamespace(slug="northwind")
GOOD = [
    "/account/northwind/",
    "/account/northwind/sessions",
    "/account/northwind/sessions?page=2",
    "/console/",
    "/console/users/user/?q=a%20b",
]
# WB05, WB06.
BAD = [
    "//evil.tld", "/\\evil.tld", "\\\\evil", "https:evil.tld", "https://evil.tld/", "/%09/evil.tld",
    "%2f%2fevil", "http:///evil", "javascript:alert(1)", "//evil%00", "\uff0f\uff0fevil", "@evil", ".evil",
    "/" + "a" * 4096, "/account/northwind/..", "/account/northwind/../harbour/",
    "/account/northwind/%2e%2e/harbour/", "/account/northwind//evil.tld", "/account/harbour/",
    "/account/northwind", "/console/logout/", "/account/northwind/sign-out", "/admin/logout",
    "https://localhost:8000/account/harbour/", "/account/northwind/\r\nSet-Cookie: a=b",
    "/account/northwind/@evil", "", " /account/northwind/", "/api/oidc/northwind/authorize",
]  # fmt: skip


@pytest.mark.parametrize("wished", GOOD)
def test_next_leads_to_pages_of_ours(wished: str) -> None:
    """The own sign-in page leads back to where the person wanted to go."""
    request = RequestFactory().get("/", {"next": wished})
    assert destinations.chosen(request, TENANT) == wished


@pytest.mark.parametrize("wished", BAD)
def test_next_leads_nowhere_else(wished: str) -> None:
    """WB05, WB06: "default page on same origin"; another tenant and what does something too."""
    request = RequestFactory().get("/", {"next": wished})
    assert destinations.chosen(request, TENANT) == "/account/northwind/"


def test_next_given_twice_leads_to_the_default() -> None:
    """WB05: "twice"."""
    request = RequestFactory().get("/?next=/console/&next=/console/")
    assert destinations.chosen(request, TENANT) == "/account/northwind/"


def test_leaving_is_a_303_unless_a_browser_sent_a_form() -> None:
    """form-action holds whole chains of redirects against itself in Chromium; 303, never 307."""
    url = "https://app.example.com/cb?code=a&state=b;c,d"
    requests = RequestFactory()
    after_get = handoff.leave(requests.get("/", headers={"sec-fetch-mode": "navigate"}), url)
    by_program = handoff.leave(requests.post("/"), url)
    by_browser = handoff.leave(requests.post("/", headers={"sec-fetch-mode": "navigate"}), url)

    for answer in (after_get, by_program):
        assert (answer.status_code, answer.headers["Location"]) == (303, url)
    assert by_browser.status_code == 200
    assert "Location" not in by_browser.headers
    assert by_browser.headers["Refresh"] == f"0; url={url}"


def test_an_auth_req_id_names_its_tenant_and_holds_128_bits_beside() -> None:
    """Contract 2.5: "at least 128 bits"; 6.1: never a search over tenants."""
    tenant: Any = SimpleNamespace(id=uuid7())
    made = attempts._public_id(tenant)

    assert attempts.tenant_id_in(made) == tenant.id
    assert len(made.partition(".")[2]) * 6 >= 128
    for broken in ("", ".", "x", "a" * 22, f"{'!' * 22}.x", made[1:], "é" * 22 + ".x"):
        assert attempts.tenant_id_in(broken) is None


def test_what_was_typed_is_read_as_the_code_was_meant() -> None:
    """A code is copied with its gap, in small letters, with a hyphen."""
    assert email_codes.plain(" abcd-efgh ") == email_codes.plain("ABCD EFGH") == "ABCDEFGH"
