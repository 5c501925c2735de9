"""Signing in over the pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Http
from django.utils import timezone

from authn.login import pages
from authn.login.models import LoginAttempt
from authn.sessions.models import LoginSession
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts
from tests.builders.people import a_user
from tests.builders.signing_in import PASSWORD, SAFARI, Browser, a_person
from tests.builders.statements import statements
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


def test_a_step_of_a_sign_in_stays_within_twelve_statements() -> None:
    """Issue 2, figures: "sign-in step ≤ 12", the tenant switch and transaction control not counted."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    Browser(tenant).sign_in("ada")
    browser = Browser(tenant)
    with statements() as to_begin:
        attempt = browser.start()
    with statements() as to_show:
        browser.get(attempt)
    with statements() as to_name:
        named = browser.post(browser.at("identifier", attempt), identifier="ada")
    with statements() as to_prove:
        done = browser.post(named.headers["Location"], password=PASSWORD)

    assert done.headers["Location"] == f"/account/{tenant.slug}/"
    assert len(to_begin) <= 1
    assert len(to_show) <= 1
    assert len(to_name) <= 3
    assert len(to_prove) <= 12


def test_a_sign_in_with_everything_that_can_happen_stays_within_twelve_statements() -> None:
    """The same bound where a session is replaced, and where the device is news."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    browser = Browser(tenant)
    browser.sign_in("ada")
    elsewhere = Browser(tenant, user_agent=SAFARI)
    for each in (browser, elsewhere):
        named = each.post(each.at("identifier", each.start()), identifier="ada")
        with statements() as found:
            done = each.post(named.headers["Location"], password=PASSWORD)
        assert done.headers["Location"] == f"/account/{tenant.slug}/"
        assert len(found) <= 12


@pytest.fixture
def tenant() -> Tenant:
    """A tenant in which ada can sign in, bea is disabled, cyd has no password."""
    made = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 50})
    a_person(made, "ada")
    accounts.deactivate(user=a_person(made, "bea"), actor=SYSTEM)
    a_user(made, "cyd")
    a_person(made, "dan", is_verified=False)
    return made


def masked(answer: Any) -> tuple[int, bytes, list[str], str, list[str]]:
    """An answer without what is random in it: ids, tokens, secrets, the name that was typed."""
    body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", answer.content)
    body = re.sub(rb"auth_req_id=[^\"&]+", b"", body)
    for name in (b"ada", b"bea", b"cyd", b"dan", b"eve"):
        body = body.replace(name, b"NAME").replace(name.capitalize()[:1] + b"<", b"N<")
    where = re.sub(r"auth_req_id=.+", "", answer.headers.get("Location", ""))
    heads = sorted(set(answer.headers) - {"X-Request-Id", "Location"})
    return answer.status_code, body, heads, where, sorted(answer.cookies)


@pytest.mark.parametrize("name", ["bea", "cyd", "dan", "eve"])
def test_a_wrong_password_looks_alike_whoever_is_named(tenant: Tenant, name: str) -> None:
    """EN01: existing, disabled, without password, unverified, unknown: "same status, body bytes
    (ids masked), headers, cookies, redirects"."""
    seen = []
    for who in ("ada", name):
        browser = Browser(tenant)
        attempt = browser.start()
        named = browser.post(browser.at("identifier", attempt), identifier=who)
        page = browser.get(named.headers["Location"])
        wrong = browser.post(named.headers["Location"], password="not it, not it, not it")
        told = browser.get(wrong.headers["Location"])
        seen.append([masked(answer) for answer in (named, page, wrong, told)])

    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", ["bea", "cyd", "eve"])
def test_the_right_password_of_nobody_who_may_sign_in_is_a_wrong_one(
    tenant: Tenant, name: str
) -> None:
    """BF17, SE05: a disabled person's right password answers as a wrong one and opens nothing."""
    browser = Browser(tenant)

    answer = browser.sign_in(name)

    assert "/password?" in answer.headers["Location"]
    assert not browser.is_signed_in()


def test_an_unknown_name_costs_the_statements_of_a_known_one(tenant: Tenant) -> None:
    """EN02: the same work for all classes; one statement more or less would be measurable."""
    counts = []
    for who in ("ada", "eve"):
        browser = Browser(tenant)
        named = browser.post(browser.at("identifier", browser.start()), identifier=who)
        with statements() as found:
            browser.post(named.headers["Location"], password="not it, not it, not it")
        counts.append([re.split(r"\W+", text.strip(), maxsplit=3)[:3] for text in found])

    assert counts[0] == counts[1]


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


def test_whoever_is_signed_in_may_continue_without_a_proof(tenant: Tenant) -> None:
    """Contract: several accounts in one browser, "continue as"."""
    browser = Browser(tenant)
    browser.sign_in("ada")
    attempt = browser.start()
    page = browser.get(attempt).content.decode()
    key = re.search(r'name="account" value="([^"]+)"', page)
    assert key is not None
    assert "Continue as ada?" in page

    answer = browser.post(browser.at("account", attempt), account=key[1])

    assert answer.headers["Location"] == f"/account/{tenant.slug}/"


def test_up_to_five_accounts_share_a_browser_and_the_oldest_makes_room(tenant: Tenant) -> None:
    """Issue 2, point 8: "up to five accounts per tenant in one browser"."""
    browser = Browser(tenant)
    for number in range(6):
        a_person(tenant, f"p{number}")
        browser.sign_in(f"p{number}")

    page = browser.get(browser.start()).content.decode()

    assert [f"p{n}@" in page for n in range(6)] == [False, True, True, True, True, True]
    with tenant_scope(tenant.id):
        live = LoginSession.objects.filter(ended_at=None).values_list("user__username", flat=True)
        assert sorted(live) == ["p1", "p2", "p3", "p4", "p5"]


def test_choosing_another_account_makes_it_the_active_one(tenant: Tenant) -> None:
    """SE08: two people in one browser: "U2 never gets U1 data"."""
    a_person(tenant, "eve")
    browser = Browser(tenant)
    browser.sign_in("ada")
    browser.sign_in("eve")
    assert b"Hello, eve" in browser.get(f"/account/{tenant.slug}/").content
    attempt = browser.start()
    page = browser.get(attempt).content.decode()
    found = re.findall(r'value="([0-9a-f-]{36})".*?<strong>(\w+)', page, re.DOTALL)
    keys = {name: key for key, name in found}

    browser.post(browser.at("account", attempt), account=keys["ada"])

    assert b"Hello, ada" in browser.get(f"/account/{tenant.slug}/").content


def test_a_session_that_the_browser_does_not_hold_cannot_be_chosen(tenant: Tenant) -> None:
    """SE11: another's session id is worth nothing."""
    victim = Browser(tenant)
    victim.sign_in("ada")
    with tenant_scope(tenant.id):
        stolen = LoginSession.objects.get()
    a_person(tenant, "eve")
    browser = Browser(tenant)
    browser.sign_in("eve")
    attempt = browser.start()

    browser.post(browser.at("account", attempt), account=str(stolen.id))

    assert b"Hello, eve" in browser.get(f"/account/{tenant.slug}/").content


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


def test_a_password_typed_as_a_name_is_kept_nowhere(tenant: Tenant) -> None:
    """People type passwords into the wrong field: no log and no row keeps unknown names for good."""
    browser = Browser(tenant)
    named = browser.post(browser.at("identifier", browser.start()), identifier="hunter2-hunter2")
    browser.post(named.headers["Location"], password="not it, not it, not it")

    with tenant_scope(tenant.id):
        for row in Event.objects.all():
            assert "hunter2" not in f"{row.data} {row.facts}"


@pytest.mark.parametrize("name", ["a\u202eb", "zero\u200bwidth", " ", "x" * 255])
def test_text_that_is_no_name_is_refused_alike(tenant: Tenant, name: str) -> None:
    """SE15's neighbour: control characters never reach a look-up, and nothing is a 500."""
    browser = Browser(tenant)

    answer = browser.post(browser.at("identifier", browser.start()), identifier=name)

    assert answer.status_code in {303, 400}
    assert "/password?" not in answer.headers.get("Location", "")


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


def test_every_refusal_of_a_step_has_words() -> None:
    """Architecture: a test asserts that each table is total."""
    codes = {"wrong_credentials", "bad_identifier", "wrong_code", "stale_form"}
    assert set(pages.NOTICES) == codes


def test_a_blocked_person_is_told_when_to_come_back(tenant: Tenant) -> None:
    """BF01: right and wrong alike are refused while locked; EN11: an unknown name likewise."""
    strict = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 3})
    a_person(strict, "ada")
    seen = []
    for who in ("ada", "eve"):
        browser = Browser(strict)
        named = browser.post(browser.at("identifier", browser.start()), identifier=who)
        for _ in range(3):
            browser.post(named.headers["Location"], password="not it, not it, not it")
        stopped = browser.post(named.headers["Location"], password=PASSWORD)
        assert stopped.status_code == 429
        assert 0 < int(stopped.headers["Retry-After"]) <= 60
        seen.append((masked(stopped)[0], masked(stopped)[2:]))

    assert seen[0] == seen[1]
    with tenant_scope(strict.id):
        reasons = Event.objects.filter(type="login.blocked").values_list("reason", flat=True)
        assert list(reasons) == ["user_blocked", "user_blocked"]


def test_a_browser_that_signed_in_before_passes_the_block_of_its_owners_name() -> None:
    """BF14: "V with … a browser with V's device cookie: V gets in"."""
    strict = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 3})
    a_person(strict, "ada")
    own = Browser(strict)
    own.sign_in("ada")
    stranger = Browser(strict, address="198.51.100.9")
    named = stranger.post(stranger.at("identifier", stranger.start()), identifier="ada")
    for _ in range(3):
        stranger.post(named.headers["Location"], password="not it, not it, not it")
    assert stranger.post(named.headers["Location"], password=PASSWORD).status_code == 429

    answer = own.sign_in("ada")

    assert answer.headers["Location"] == f"/account/{strict.slug}/"


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
