"""How much of the database a sign-in with a picture over the API takes."""

import pytest

from tests.authn.facades.native.pages import NativePage
from tests.builders.people import a_user
from tests.builders.pictures import enrolled
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def test_challenge_and_authenticate_stay_within_their_statements() -> None:
    """performance.md: endpoints have a bounded number of statements; nobody costs what somebody
    costs with a wrong picture (ZK08)."""
    tenant = a_tenant(block={"ip_attempts_limit": 1_000})
    enrolled(tenant, a_user(tenant, "ada"))
    NativePage(tenant, "ada").ask().authenticate()  # caches
    counts = {}
    for name in ("ada", "nobody"):
        page = NativePage(tenant, name)
        with statements() as of_challenge:
            page.ask()
        form = page.proof_form()
        with statements() as of_answer:
            page.send("/api/auth/authenticate", form)
        counts[name] = len(of_challenge), len(of_answer)

    assert counts["nobody"][0] == counts["ada"][0] <= 1
    assert counts["ada"][1] <= 6
    assert counts["nobody"][1] <= counts["ada"][1]
