"""What whoever begins a sign-in may demand of it, seen from the browser."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from authn.login import attempts, completion, pages
from authn.login.models import LoginAttempt
from authn.login.requirements import Requirements
from authn.sessions.models import LoginSession
from identity.kernel.actors import Origin
from identity.kernel.secrets import digest
from identity.tenancy.scope import tenant_scope
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.clients import a_client
from tests.builders.signing_in import PASSWORD, Browser, a_person
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)

RESUME = "/sign-in/x/oidc/resume?request=1"


@pytest.fixture
def tenant() -> Tenant:
    """A tenant where ada and eve can sign in."""
    made = a_tenant()
    a_person(made, "ada")
    a_person(made, "eve")
    return made


def asked(browser: Browser, **wishes: Any) -> str:
    """An attempt that a client's request began in this browser; its address."""
    tenant = browser.tenant
    if "signet-browser" not in browser.cookies:
        browser.start()
    with tenant_scope(tenant.id):
        client: Client = a_client(tenant, name="Atlas Notebook").client
        attempt = attempts.begin(
            tenant=tenant,
            browser_digest=digest(browser.cookies["signet-browser"].value, "browser"),
            client=client,
            requirements=Requirements(**wishes),
            login_hint=wishes.pop("login_hint", ""),
            resume_url=RESUME,
        )
    return pages.url_of(attempt, tenant)


def person(tenant: Tenant, name: str) -> User:
    """The row."""
    with tenant_scope(tenant.id):
        return User.objects.get(username=name)


def key_in(page: Any) -> str:
    """The account that a page offers."""
    found = re.search(r'name="account" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def test_a_client_is_named_and_reached_by_a_new_navigation(tenant: Tenant) -> None:
    """Decision 0030: after a browser's POST, a page that goes on; a program gets the 303."""
    browser = Browser(tenant)
    attempt = asked(browser)
    assert b"Atlas Notebook" in browser.get(attempt).content
    named = browser.post(browser.at("identifier", attempt), identifier="ada")

    done = browser.http.post(
        named.headers["Location"],
        {"password": PASSWORD},
        headers={"sec-fetch-mode": "navigate"},
    )

    assert done.status_code == 200
    assert done.headers["Refresh"] == f"0; url={RESUME}"
    assert Browser(tenant).sign_in("eve").status_code == 303


def test_a_fresh_proof_offers_no_account(tenant: Tenant) -> None:
    """OpenID Connect Core §3.1.2.1, prompt=login: the person is asked again."""
    browser = Browser(tenant)
    browser.sign_in("ada")

    page = browser.get(asked(browser, must_prove_fresh=True))

    assert b'name="identifier"' in page.content
    assert b"Continue as" not in page.content


def test_whoever_is_required_is_named_already_and_nobody_else_can_be(tenant: Tenant) -> None:
    """OpenID Connect Core §3.1.2.1, id_token_hint: this person or an error; also not by the API."""
    browser = Browser(tenant)
    browser.sign_in("eve")
    attempt = asked(browser, required_user=person(tenant, "ada"))

    entrance = browser.get(attempt)
    renamed = browser.post(browser.at("identifier", attempt), identifier="eve")
    shown = browser.get(browser.at("password", attempt))

    assert "/password?" in entrance.headers["Location"]
    assert "/password?" in renamed.headers["Location"]
    assert b"Change" not in shown.content
    with tenant_scope(tenant.id):
        found = attempts.find(tenant=tenant, auth_req_id=attempt.partition("auth_req_id=")[2])
        session = LoginSession.objects.select_related("user").get()
        assert found is not None
        assert not completion.adopt(tenant=tenant, attempt=found, session=session, origin=Origin())


def test_a_session_that_is_too_old_leads_the_same_person_to_a_proof(tenant: Tenant) -> None:
    """OpenID Connect Core §3.1.2.1, max_age: older than that must prove again."""
    browser = Browser(tenant)
    browser.sign_in("ada")
    with tenant_scope(tenant.id):
        held = LoginSession.objects.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        attempt = asked(browser, max_age_seconds=60)
        assert b"Continue as" not in browser.get(attempt).content

        answer = browser.post(browser.at("account", attempt), account=str(held.id))

        assert "/password?" in answer.headers["Location"]
        assert b"ada" in browser.get(answer.headers["Location"]).content


def test_a_session_that_will_do_completes_the_attempt(tenant: Tenant) -> None:
    """prompt=select_account: the chosen account goes on without a proof."""
    browser = Browser(tenant)
    browser.sign_in("ada")
    attempt = asked(browser, max_age_seconds=3600)

    answer = browser.post(browser.at("account", attempt), account=key_in(browser.get(attempt)))

    assert answer.headers["Location"] == RESUME
    with tenant_scope(tenant.id):
        row = LoginAttempt.objects.select_related("user", "session").get(
            public_id=attempt.partition("auth_req_id=")[2]
        )
        assert (row.state, row.user_id) == ("completed", person(tenant, "ada").id)
        assert row.session == LoginSession.objects.get()


def test_a_hint_fills_the_field_and_tells_nothing(tenant: Tenant) -> None:
    """EN08: hints: no difference between a name that is there and one that is not."""
    browser = Browser(tenant)
    pages_seen = []
    for name in ("ada", "bob"):
        with tenant_scope(tenant.id):
            row = attempts.begin(
                tenant=tenant,
                browser_digest=digest(_cookie(browser), "browser"),
                login_hint=name,
            )
        body = browser.get(pages.url_of(row, tenant)).content.decode()
        assert f'value="{name}"' in body
        body = re.sub(r'auth_req_id=[^"&]+|csrfmiddlewaretoken" value="[^"]+', "", body)
        pages_seen.append(body.replace(name, "NAME"))

    assert pages_seen[0] == pages_seen[1]


def test_cancelling_goes_back_to_who_asked_and_ends_the_attempt(tenant: Tenant) -> None:
    """The provider answers access_denied there."""
    browser = Browser(tenant)
    attempt = asked(browser)

    early = browser.get(browser.at("cancel", attempt), purpose="prefetch")
    back = browser.get(browser.at("cancel", attempt))

    assert early.status_code == 204
    assert back.headers["Location"] == RESUME
    assert browser.get(attempt).status_code == 410
    assert browser.post(browser.at("identifier", attempt), identifier="ada").status_code == 410


def _cookie(browser: Browser) -> str:
    if "signet-browser" not in browser.cookies:
        browser.start()
    return browser.cookies["signet-browser"].value
