"""From proofs over the API to a session in the browser (contract 2.5, operation 3a)."""

from typing import Any

import pytest

from authn.sessions.models import LoginSession
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.authn.facades.native.pages import NativePage
from tests.builders.people import a_user
from tests.builders.pictures import enrolled
from tests.builders.signing_in import Browser
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import quickly

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    """Ada and Mallory have pictures."""
    made = a_tenant(block={"ip_attempts_limit": 1_000})
    for name in ("ada", "mallory"):
        enrolled(made, a_user(made, name), quickly(name))
    return made


def begun(browser: Browser) -> str:
    """The `auth_req_id` of a new sign-in of this browser."""
    return browser.start().partition("auth_req_id=")[2]


def proved(tenant: Tenant, name: str, attempt: str) -> str:
    """A ticket for `name`."""
    page = NativePage(tenant, name, quickly(name), auth_req_id=attempt)
    return str(page.ask().authenticate().json()["nonce"])


def brought(browser: Browser, nonce: str, attempt: str) -> Any:
    """Sign In."""
    return browser.get(f"/api/auth/sign-in?oid_nonce={nonce}&auth_req_id={attempt}")


def sessions(tenant: Tenant) -> list[LoginSession]:
    with tenant_scope(tenant.id):
        return list(LoginSession.objects.select_related("user"))


def test_a_picture_signs_a_browser_in(tenant: Tenant) -> None:
    """Contract 2.5, "Sequence"; ZK12: `swk` and `pin`, one factor of kind possession, never `mfa`."""
    browser = Browser(tenant)
    attempt = begun(browser)

    answer = brought(browser, proved(tenant, "ada", attempt), attempt)

    assert answer.status_code == 303
    assert browser.is_signed_in()
    (session,) = sessions(tenant)
    assert (session.user.username, session.amr) == ("ada", ["swk", "pin"])
    assert session.acr in {"", "urn:signet:acr:1"}


def test_a_strangers_ticket_signs_nobody_in_at_my_browser(tenant: Tenant) -> None:
    """Contract 2.5: Mallory proves for his own sign-in and sends me the address of Sign In."""
    mine, his = Browser(tenant), Browser(tenant)
    my_attempt, his_attempt = begun(mine), begun(his)
    ticket = proved(tenant, "mallory", his_attempt)

    brought(mine, ticket, his_attempt)
    brought(mine, ticket, my_attempt)

    assert not mine.is_signed_in()
    assert sessions(tenant) == []


def test_my_attempt_proved_by_a_stranger_is_no_use_to_them(tenant: Tenant) -> None:
    """Contract 2.5: "Sign In works only in the browser that holds it": Mallory got me to prove for
    the sign-in of his browser, or read my `auth_req_id`."""
    mine, his = Browser(tenant), Browser(tenant)
    my_attempt = begun(mine)
    begun(his)

    brought(his, proved(tenant, "ada", my_attempt), my_attempt)
    proved(tenant, "mallory", my_attempt)

    assert not his.is_signed_in()
    assert sessions(tenant) == []
    brought(mine, proved(tenant, "ada", my_attempt), my_attempt)
    assert [session.user.username for session in sessions(tenant)] == ["ada"]


def test_a_ticket_many_times_at_once_is_one_session(tenant: Tenant) -> None:
    """ZK02: the ticket is used up by whoever is first."""
    browser = Browser(tenant)
    attempt = begun(browser)
    ticket = proved(tenant, "ada", attempt)

    at_once([lambda: brought(browser, ticket, attempt) for _ in range(8)])

    assert len(sessions(tenant)) == 1


def test_who_is_not_verified_owes_the_code_first(tenant: Tenant) -> None:
    """Contract 2.5: "Sign In with such a ticket leads to the owed step and opens nothing before"."""
    with tenant_scope(tenant.id):
        User.objects.filter(username="ada").update(is_verified=False)
    browser = Browser(tenant)
    attempt = begun(browser)

    brought(browser, proved(tenant, "ada", attempt), attempt)

    assert not browser.is_signed_in()
    assert sessions(tenant) == []
