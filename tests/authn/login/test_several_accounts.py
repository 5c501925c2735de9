"""Several people in one browser."""

import re

import pytest

from authn.sessions.models import LoginSession
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.signing_in import Browser, a_person

pytestmark = pytest.mark.django_db(transaction=True)


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
