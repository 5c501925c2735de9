"""The step of people whose address is not confirmed yet."""

import re

import pytest
from django.core import mail as letters

from authn.login.models import EmailCode
from identity.outbox import relay
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.signing_in import Browser, a_person
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def code_in_the_letter() -> str:
    """Deliver what waits and read the newest letter."""
    relay.drain()
    found = re.search(r"^\s+([A-Z2-9]{4} [A-Z2-9]{4})$", str(letters.outbox[-1].body), re.MULTILINE)
    assert found is not None, letters.outbox[-1].body
    return found[1]


def at_the_code_page(tenant: Tenant) -> tuple[Browser, str]:
    """Bob has given his password and is asked for the code."""
    browser = Browser(tenant)
    answer = browser.sign_in("bob")
    assert answer.status_code == 303
    return browser, str(answer.headers["Location"])


def test_a_right_proof_of_somebody_unverified_owes_the_code_and_opens_nothing() -> None:
    """Contract 2.5, need_verify: "opens nothing before it is done"."""
    tenant = a_tenant()
    a_person(tenant, "bob", is_verified=False)

    browser, page = at_the_code_page(tenant)

    assert "/email?" in page
    assert browser.get(page).status_code == 200
    assert not browser.is_signed_in()


def test_the_code_from_the_letter_completes_the_sign_in_once() -> None:
    """Contract 2.5, verification: typed in any case, with or without the gap."""
    tenant = a_tenant()
    bob = a_person(tenant, "bob", is_verified=False)
    browser, page = at_the_code_page(tenant)
    code = code_in_the_letter()
    assert letters.outbox[-1].to == [bob.email]

    answer = browser.post(page, code=code.replace(" ", "").lower())

    assert answer.headers["Location"] == f"/account/{tenant.slug}/"
    assert browser.is_signed_in()
    with tenant_scope(tenant.id):
        bob.refresh_from_db()
        assert bob.is_verified
        assert EmailCode.objects.get().tries_left == 0


def test_five_wrong_codes_use_the_code_up() -> None:
    """Contract 2.5: "10 minutes, 5 tries". BF12: a mailed code is limited."""
    tenant = a_tenant(block={"ip_attempts_limit": 100})
    a_person(tenant, "bob", is_verified=False)
    browser, page = at_the_code_page(tenant)
    code = code_in_the_letter()

    for _ in range(5):
        wrong = browser.post(page, code="AAAA AAAA")
        assert "/email?" in wrong.headers["Location"]
    right_too_late = browser.post(page, code=code)

    assert "/email?" in right_too_late.headers["Location"]
    assert b"This code is not right" in browser.get(page).content
    assert not browser.is_signed_in()


def test_a_second_letter_within_a_minute_is_not_sent() -> None:
    """security.md PR09: nobody's mailbox is filled by pressing a button."""
    tenant = a_tenant()
    a_person(tenant, "bob", is_verified=False)
    browser, page = at_the_code_page(tenant)
    code_in_the_letter()
    sent = len(letters.outbox)

    browser.post(browser.at("resend", page.replace("/email?", "/?")))
    relay.drain()

    assert len(letters.outbox) == sent


def test_the_step_of_the_code_stays_within_twelve_statements() -> None:
    """Issue 2, figures: "sign-in step ≤ 12", here with a change of the person in it."""
    tenant = a_tenant()
    a_person(tenant, "bob", is_verified=False)
    browser, page = at_the_code_page(tenant)
    code = code_in_the_letter()

    with statements() as found:
        browser.post(page, code=code)

    assert len(found) <= 12
