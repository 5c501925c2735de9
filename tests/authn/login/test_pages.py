"""Signing in over the pages."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Http
from django.utils import timezone

from authn.login.models import LoginAttempt
from identity.audit.models import Event
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.signing_in import PASSWORD, Browser, a_person
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_name_and_the_right_password_open_the_account_page() -> None:
    """Issue 2, point 6: identifier and password, for browsers."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    browser = Browser(tenant)

    answer = browser.sign_in("ada")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/account/{tenant.slug}/"
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert b"ada" in page.content


def test_an_attempt_is_of_no_use_in_another_browser(tenant: Tenant) -> None:
    """AZ25: "refused: tx bound to the starting browser cookie"; SE16: a link copied elsewhere."""
    attempt = Browser(tenant).start()
    other = Browser(tenant)
    other.start()

    page = other.get(attempt)
    answer = other.post(other.at("identifier", attempt), identifier="ada")
    bare = Browser(tenant).get(attempt)

    assert (page.status_code, answer.status_code, bare.status_code) == (403, 403, 403)
    assert b"another browser" in page.content


def test_the_session_is_another_one_after_each_proof(tenant: Tenant) -> None:
    """SE01: "new id; old id anonymous; CSRF rotated". SE02: new id each time."""
    browser = Browser(tenant)
    browser.sign_in("ada")
    first, token = browser.session_cookie, browser.cookies["signet-csrf"].value
    again = Browser(tenant)
    again.cookies.load(browser.cookies.output(header="", sep=";"))

    browser.sign_in("ada")

    assert browser.session_cookie.split("~")[1] != first.split("~")[1]
    assert len(browser.session_cookie.split("~")) == 2
    assert browser.cookies["signet-csrf"].value != token
    assert browser.is_signed_in()
    assert not again.is_signed_in()


def test_the_way_to_the_account_page_leads_back_after_signing_in(tenant: Tenant) -> None:
    """WB05: `next` leads to pages of ours."""
    browser = Browser(tenant)
    asked = browser.get(f"/account/{tenant.slug}/sessions")
    attempt = browser.get(asked.headers["Location"]).headers["Location"]

    done = browser.sign_in("ada", attempt=attempt)

    assert done.headers["Location"] == f"/account/{tenant.slug}/sessions"


def test_an_attempt_ends_after_ten_minutes(tenant: Tenant) -> None:
    """Contract 7.3: authorization request 10 min. Expiry is tested at use."""
    browser = Browser(tenant)
    attempt = browser.start()
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        page = browser.get(attempt)
        answer = browser.post(browser.at("identifier", attempt), identifier="ada")

    assert (page.status_code, answer.status_code) == (410, 410)
    assert f'href="/sign-in/{tenant.slug}/"' in page.content.decode()


def test_a_step_that_is_not_owed_is_not_answered(tenant: Tenant) -> None:
    """AZ24: no order of steps in the client's hands: a password before a name proves nothing."""
    browser = Browser(tenant)
    attempt = browser.start()

    early = browser.post(browser.at("password", attempt), password=PASSWORD)

    assert "/identifier?" in early.headers["Location"]
    assert not browser.is_signed_in()


def test_another_name_makes_earlier_proofs_void(tenant: Tenant) -> None:
    """security.md (4): authorisation on one id, action on another. Dan proved a password; naming
    ada afterwards must not carry it over."""
    browser = Browser(tenant)
    attempt = browser.start()
    assert "/email?" in browser.sign_in("dan", attempt=attempt).headers["Location"]

    renamed = browser.post(browser.at("identifier", attempt), identifier="ada")

    assert "/password?" in renamed.headers["Location"]
    assert not browser.is_signed_in()


def test_going_back_after_signing_in_is_harmless(tenant: Tenant) -> None:
    """Issue 2, journeys: back button. The finished attempt leads where it led before."""
    browser = Browser(tenant)
    attempt = browser.start()
    browser.sign_in("ada", attempt=attempt)
    held = browser.session_cookie

    page = browser.get(browser.at("password", attempt))
    repeated = browser.post(browser.at("password", attempt), password=PASSWORD)

    assert page.headers["Location"] == f"/account/{tenant.slug}/"
    assert repeated.headers["Location"] == f"/account/{tenant.slug}/"
    assert browser.session_cookie == held


@pytest.mark.parametrize("page", ["identifier", "password", "account", "resend"])
def test_forms_from_elsewhere_are_refused_with_a_way_on(tenant: Tenant, page: str) -> None:
    """WB01, WB02: login CSRF: 403, nothing done; the page says how to go on."""
    browser = Browser(tenant, enforces_csrf=True)
    attempt = browser.start()

    answer = browser.post(browser.at(page, attempt), identifier="ada", password=PASSWORD)

    assert answer.status_code == 403
    assert b"Load the page anew" in answer.content


def test_pages_are_kept_by_nobody(tenant: Tenant) -> None:
    """SE10: no private page in a shared cache."""
    browser = Browser(tenant)
    attempt = browser.start()
    for url in (attempt, browser.at("identifier", attempt), f"/account/{tenant.slug}/"):
        assert "no-store" in browser.get(url).headers["Cache-Control"]


def test_cookies_carry_every_flag(tenant: Tenant) -> None:
    """SE03: HttpOnly, SameSite, Path=/, no Domain, no personal data."""
    browser = Browser(tenant)
    browser.sign_in("ada")

    names = set()
    for name, morsel in browser.cookies.items():
        names.add(name)
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert not morsel["domain"]
        assert "ada" not in morsel.value
    serial = tenant.serial
    assert names == {"signet-browser", "signet-csrf", f"signet-{serial}", f"signet-device-{serial}"}


def test_each_sign_in_and_each_failure_is_in_the_audit_trail(tenant: Tenant) -> None:
    """Issue 2, point 9: one audit row per command; the names are fixed."""
    browser = Browser(tenant)
    named = browser.post(browser.at("identifier", browser.start()), identifier="ada")
    browser.post(named.headers["Location"], password="not it, not it, not it")
    browser.post(named.headers["Location"], password=PASSWORD)

    with tenant_scope(tenant.id):
        rows = Event.objects.filter(type__startswith="login.").order_by("recorded_at", "id")
        assert [(row.type, row.outcome, row.reason) for row in rows] == [
            ("login.failed", "failure", "wrong_password"),
            ("login.completed", "success", ""),
        ]


def test_head_and_prefetch_begin_nothing(tenant: Tenant) -> None:
    """Contract 2.5: HEAD and prefetch requests consume nothing. WB03: GET that mutates."""
    browser = Browser(tenant)

    head = browser.http.head(f"/sign-in/{tenant.slug}/")
    early = browser.get(f"/sign-in/{tenant.slug}/", **{"sec-purpose": "prefetch;prerender"})

    assert (head.status_code, early.status_code) == (204, 204)
    with tenant_scope(tenant.id):
        assert not LoginAttempt.objects.exists()


def test_an_unknown_tenant_is_a_404() -> None:
    """WB06: no page of a tenant that is not there."""
    answer = Http(headers={"host": "localhost:8000"}).get("/sign-in/nobody-lives-here/")

    assert answer.status_code == 404


def test_an_address_without_its_last_slash_leads_on(tenant: Tenant) -> None:
    """People type addresses."""
    browser = Browser(tenant)
    for room in ("sign-in", "account"):
        answer = browser.get(f"/{room}/{tenant.slug}")
        assert answer.headers["Location"] == f"/{room}/{tenant.slug}/"


@pytest.mark.parametrize("page", ["account", "resend"])
def test_loading_anew_after_a_stale_form_leads_to_the_page_that_is_owed(
    tenant: Tenant, page: str
) -> None:
    """WB01: the way on from the refusal must be a page."""
    browser = Browser(tenant)
    attempt = browser.start()

    assert "auth_req_id=" in browser.get(browser.at(page, attempt)).headers["Location"]


def test_two_browser_cookies_are_none(tenant: Tenant) -> None:
    """SE12: a tossed second cookie must not choose whose attempt this is."""
    browser = Browser(tenant)
    attempt = browser.start()
    own = browser.cookies["signet-browser"].value
    bare = Http(headers={"host": "localhost:8000"})

    once = bare.get(attempt, headers={"cookie": f"signet-browser={own}"})
    twice = bare.get(
        attempt, headers={"cookie": f"signet-browser={'a' * 43}; signet-browser={own}"}
    )

    assert (once.status_code, twice.status_code) == (200, 403)
