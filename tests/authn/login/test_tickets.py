"""The door for machines, and what a browser does with its result (contract 2.5)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from authn.login import attempts, conversation
from authn.login.models import LoginAttempt
from authn.login.outcomes import Expired, Failed, Next, Proven, Stopped
from authn.sessions.models import LoginSession
from identity.audit.models import Event
from identity.kernel.actors import Origin
from identity.tenancy.scope import tenant_scope
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tests.builders.clients import a_client
from tests.builders.signing_in import PASSWORD, Browser, a_person
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)

ROBOT = Origin(ip="198.51.100.4", user_agent="robot")


@pytest.fixture
def tenant() -> Tenant:
    """A tenant where ada can sign in."""
    made = a_tenant()
    a_person(made, "ada")
    return made


def prove(
    tenant: Tenant,
    name: str = "ada",
    password: str = PASSWORD,
    for_browser: LoginAttempt | None = None,
) -> Any:
    """Name and password over the machine's door."""
    with tenant_scope(tenant.id):
        talk = conversation.begin(tenant=tenant, face="native")
        named = conversation.answer(
            tenant=tenant,
            attempt=talk,
            step="identifier",
            data={"identifier": name},
            origin=ROBOT,
            for_browser=for_browser,
        )
        assert named == Next("password")
        return conversation.answer(
            tenant=tenant,
            attempt=talk,
            step="password",
            data={"password": password},
            origin=ROBOT,
            for_browser=for_browser,
        )


def attempt_of(tenant: Tenant, url: str) -> LoginAttempt:
    """The row behind an attempt's address."""
    with tenant_scope(tenant.id):
        found = attempts.find(tenant=tenant, auth_req_id=url.partition("auth_req_id=")[2])
    assert found is not None
    return found


def apply(browser: Browser, attempt: LoginAttempt, nonce: str, **headers: str) -> Any:
    """Sign In in this browser."""
    url = f"/api/auth/sign-in?oid_nonce={nonce}&auth_req_id={attempt.public_id}"
    return browser.get(url, **headers)


def test_a_proof_over_the_api_opens_nothing_and_moves_no_attempt(tenant: Tenant) -> None:
    """Contract 2.5: "A proof made over the API never changes the attempt"."""
    attempt = attempt_of(tenant, Browser(tenant).start())

    outcome = prove(tenant, for_browser=attempt)

    assert isinstance(outcome, Proven)
    assert not outcome.need_verify
    with tenant_scope(tenant.id):
        assert not LoginSession.objects.exists()
        attempt.refresh_from_db()
        assert (attempt.state, attempt.methods, attempt.user_id) == ("open", [], None)


def test_the_ticket_signs_in_once_in_the_browser_of_the_attempt(tenant: Tenant) -> None:
    """Contract 2.5: "60 s, single use"; Sign In works where the attempt's cookie is."""
    browser = Browser(tenant)
    attempt = attempt_of(tenant, browser.start())
    nonce = prove(tenant, for_browser=attempt).nonce

    done = apply(browser, attempt, nonce)

    assert (done.status_code, done.headers["Location"]) == (303, f"/account/{tenant.slug}/")
    assert browser.is_signed_in()
    again = Browser(tenant)
    other = attempt_of(tenant, again.start())
    assert "auth_req_id" in apply(again, other, nonce).headers["Location"]
    assert not again.is_signed_in()


def test_the_ticket_is_worth_nothing_in_another_browser(tenant: Tenant) -> None:
    """SE16, AZ25: M proves as M and sends the link to V: V's browser opens nothing."""
    attacker, victim = Browser(tenant), Browser(tenant)
    attempt = attempt_of(tenant, attacker.start())
    victim.start()
    nonce = prove(tenant, for_browser=attempt).nonce

    answer = apply(victim, attempt, nonce)

    assert answer.status_code == 403
    assert not victim.is_signed_in()
    assert apply(attacker, attempt, nonce).status_code == 303


def test_head_and_prefetch_leave_the_ticket_alone(tenant: Tenant) -> None:
    """Contract 2.5: "HEAD and prefetch requests consume nothing"."""
    browser = Browser(tenant)
    attempt = attempt_of(tenant, browser.start())
    nonce = prove(tenant, for_browser=attempt).nonce
    url = f"/api/auth/sign-in?oid_nonce={nonce}&auth_req_id={attempt.public_id}"

    assert browser.http.head(url).status_code == 204
    assert apply(browser, attempt, nonce, **{"sec-purpose": "prefetch"}).status_code == 204
    assert not browser.is_signed_in()

    assert apply(browser, attempt, nonce).headers["Location"] == f"/account/{tenant.slug}/"


def test_a_ticket_is_too_old_after_a_minute(tenant: Tenant) -> None:
    """Contract 7.3: sign-in nonce 60 s."""
    browser = Browser(tenant)
    attempt = attempt_of(tenant, browser.start())
    nonce = prove(tenant, for_browser=attempt).nonce

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        apply(browser, attempt, nonce)

    assert not browser.is_signed_in()


def test_of_two_tickets_the_first_applied_wins(tenant: Tenant) -> None:
    """Contract 2.5: "of two tickets for one attempt the first applied wins"."""
    a_person(tenant, "eve")
    browser = Browser(tenant)
    attempt = attempt_of(tenant, browser.start())
    first = prove(tenant, "ada", for_browser=attempt).nonce
    second = prove(tenant, "eve", for_browser=attempt).nonce

    apply(browser, attempt, second)
    late = apply(browser, attempt, first)

    assert late.status_code == 410
    assert b"Hello, eve" in browser.get(f"/account/{tenant.slug}/").content


def test_an_attempt_that_holds_a_proof_takes_no_other_persons_ticket(tenant: Tenant) -> None:
    """Contract 2.5: also while the first one's owed step is open, it has won."""
    a_person(tenant, "dan", is_verified=False)
    browser = Browser(tenant)
    attempt = attempt_of(tenant, browser.start())
    first = prove(tenant, "dan", for_browser=attempt).nonce
    second = prove(tenant, "ada", for_browser=attempt).nonce
    assert "/email?" in apply(browser, attempt, first).headers["Location"]

    late = apply(browser, attempt, second)

    assert "auth_req_id=" in late.headers["Location"]
    assert not browser.is_signed_in()


def test_a_ticket_without_a_flow_serves_only_the_tenants_own_page(tenant: Tenant) -> None:
    """Contract 2.5: "Without auth_req_id the ticket opens a session only in a browser that started
    at the tenant's own sign-in page"."""
    browser = Browser(tenant)
    own = attempt_of(tenant, browser.start())
    with tenant_scope(tenant.id):
        client: Client = a_client(tenant).client
        LoginAttempt.objects.filter(pk=own.pk).update(client=client)
    nonce = prove(tenant).nonce

    apply(browser, own, nonce)
    assert not browser.is_signed_in()

    with tenant_scope(tenant.id):
        LoginAttempt.objects.filter(pk=own.pk).update(client=None)
    apply(browser, own, nonce)
    assert browser.is_signed_in()


def test_a_ticket_of_somebody_unverified_leads_to_the_step_that_is_owed(tenant: Tenant) -> None:
    """Contract 2.5, need_verify: "leads to the owed step … and opens nothing before it is done"."""
    a_person(tenant, "dan", is_verified=False)
    browser = Browser(tenant)
    attempt = attempt_of(tenant, browser.start())
    outcome = prove(tenant, "dan", for_browser=attempt)
    assert outcome.need_verify

    answer = apply(browser, attempt, outcome.nonce)

    assert "/email?" in answer.headers["Location"]
    assert not browser.is_signed_in()


def test_a_ticket_is_worth_nothing_at_another_tenant(tenant: Tenant) -> None:
    """security.md 3.25: one tenant's proof at the other's attempt."""
    other = a_tenant()
    a_person(other, "ada")
    browser = Browser(other)
    attempt = attempt_of(other, browser.start())
    nonce = prove(tenant).nonce

    apply(browser, attempt, nonce)

    assert not browser.is_signed_in()


def test_a_wrong_answer_over_the_api_is_a_value_and_counts(tenant: Tenant) -> None:
    """BF10: side doors: same counters, same lock, same audit."""
    strict = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 2})
    a_person(strict, "ada")

    outcomes = [prove(strict, password="not it, not it, not it") for _ in range(2)]
    stopped = prove(strict)

    assert outcomes == [Failed("wrong_credentials")] * 2
    assert isinstance(stopped, Stopped)
    browser = Browser(strict)
    named = browser.post(browser.at("identifier", browser.start()), identifier="ada")
    assert browser.post(named.headers["Location"], password=PASSWORD).status_code == 429
    with tenant_scope(strict.id):
        assert Event.objects.filter(type="login.failed").count() == 2


def test_a_conversation_ends_with_its_proof(tenant: Tenant) -> None:
    """Single use: a finished conversation answers nothing."""
    with tenant_scope(tenant.id):
        talk = conversation.begin(tenant=tenant, face="native")
        outcomes = [
            conversation.answer(
                tenant=tenant,
                attempt=talk,
                step=step,
                data={"identifier": "ada", "password": PASSWORD},
                origin=ROBOT,
                for_browser=None,
            )
            for step in ("identifier", "password", "password")
        ]

    assert isinstance(outcomes[1], Proven)
    assert isinstance(outcomes[2], Expired)


def test_a_broken_link_is_a_page_and_no_fault(tenant: Tenant) -> None:
    """Nothing a stranger types is a 5xx."""
    browser = Browser(tenant)
    for query in ("", "?auth_req_id=x", "?oid_nonce=%00&auth_req_id=%00", "?auth_req_id=a.b"):
        assert browser.get(f"/api/auth/sign-in{query}").status_code == 410
