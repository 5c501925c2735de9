"""News of a sign-in from somewhere new."""

import pytest
from django.core import mail as letters

from identity.outbox import relay
from tests.builders.signing_in import SAFARI, Browser, a_person
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def subjects() -> list[str]:
    """Deliver what waits; the subjects of all letters so far."""
    relay.drain()
    return [str(letter.subject) for letter in letters.outbox]


def test_a_sign_in_from_a_new_device_is_told_by_mail() -> None:
    """BF22: "lock, new device …: mail + audit". The letter names device, address, time."""
    tenant = a_tenant(display_name="Northwind")
    ada = a_person(tenant, "ada")
    Browser(tenant).sign_in("ada")
    assert subjects() == []

    Browser(tenant, user_agent=SAFARI, address="198.51.100.7").sign_in("ada")

    assert subjects() == ["A new sign-in to Northwind"]
    letter = letters.outbox[-1]
    assert letter.to == [ada.email]
    assert "Mobile Safari on iOS" in letter.body
    assert "198.51.100.7" in letter.body
    assert f"http://localhost:8000/account/{tenant.slug}/sessions" in letter.body


def test_a_familiar_device_is_no_news_whatever_its_version() -> None:
    """Brief: "device (browser family + os)": an update is not a stranger."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    Browser(tenant).sign_in("ada")
    newer = Browser(tenant).user_agent.replace("140", "141")

    Browser(tenant, user_agent=newer, address="198.51.100.7").sign_in("ada")

    assert subjects() == []


def test_a_tenant_may_do_without_the_notice() -> None:
    """policy.session.notify_new_device."""
    tenant = a_tenant(session={"notify_new_device": False})
    a_person(tenant, "ada")
    Browser(tenant).sign_in("ada")

    Browser(tenant, user_agent=SAFARI).sign_in("ada")

    assert subjects() == []


def test_what_was_familiar_stays_familiar_without_a_write() -> None:
    """Speed: one statement that changes nothing."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    for _ in range(2):
        with statements() as found:
            Browser(tenant).sign_in("ada")
    assert sum("login_familiarplace" in text for text in found) == 1
    assert not any("outbox_message" in text for text in found)
