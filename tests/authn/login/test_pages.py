"""Signing in over the pages."""

import pytest

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
