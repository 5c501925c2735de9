"""What must look alike, whoever is named, and stay so under guessing."""

import re
from typing import Any

import pytest

from authn.login import pages
from identity.audit.models import Event
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.signing_in import PASSWORD, Browser, a_person
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_every_refusal_of_a_step_has_words() -> None:
    """Architecture: a test asserts that each table is total."""
    codes = {"wrong_credentials", "wrong_picture", "bad_identifier", "wrong_code", "stale_form"}
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


def test_a_password_too_long_to_be_one_is_refused_before_it_is_hashed(tenant: Tenant) -> None:
    """BF18: "1 MB password: 400 before hashing (>1 024 chars)"; it costs nobody a try."""
    browser = Browser(tenant)
    named = browser.post(browser.at("identifier", browser.start()), identifier="ada")

    with statements() as found:
        answer = browser.post(named.headers["Location"], password="x" * 1_000_000)

    assert answer.status_code == 400
    assert b"at most 1,024 characters" in answer.content
    assert len(found) == 1
    longest = browser.post(named.headers["Location"], password="x" * 1_024)
    assert longest.status_code == 303
