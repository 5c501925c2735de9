"""Statements of a sign-in, as the figures of the product count them."""

import pytest

from tests.builders.signing_in import PASSWORD, SAFARI, Browser, a_person
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


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
