"""A person's own pages."""

from typing import Any

import pytest

from authn.login.completion import actor_of
from authn.sessions.models import LoginSession
from identity.kernel.actors import SYSTEM, Origin
from identity.tenancy.scope import tenant_scope
from oidc.consents import consenting
from oidc.consents.models import Consent
from tenants.registry.models import Tenant
from tenants.users import accounts
from tests.builders.clients import a_client
from tests.builders.signing_in import SAFARI, Browser, a_person
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    """A tenant where ada and eve can sign in."""
    made = a_tenant()
    a_person(made, "ada", name="Ada Lovelace")
    a_person(made, "eve")
    return made


def signed_in(tenant: Tenant, name: str = "ada", **more: Any) -> Browser:
    """A browser of somebody who is signed in."""
    browser = Browser(tenant, **more)
    browser.sign_in(name)
    return browser


@pytest.mark.parametrize("page", ["", "sessions", "apps"])
def test_a_page_is_for_who_is_signed_in_and_leads_back(tenant: Tenant, page: str) -> None:
    """SE04: "cookie copy after logout: login"; the way back is kept."""
    stranger = Browser(tenant)
    asked = stranger.get(f"/account/{tenant.slug}/{page}")

    assert asked.status_code == 303
    assert asked.headers["Location"] == (
        f"/sign-in/{tenant.slug}/?next=%2Faccount%2F{tenant.slug}%2F{page}"
    )
    assert signed_in(tenant).get(f"/account/{tenant.slug}/{page}").status_code == 200


def test_the_overview_greets_and_counts(tenant: Tenant) -> None:
    """Account: overview."""
    page = signed_in(tenant).get(f"/account/{tenant.slug}/").content.decode()

    assert "Hello, Ada Lovelace" in page
    assert "Signed in at 1 place" in page
    assert "Password" in page


def test_sessions_are_listed_and_one_can_be_ended(tenant: Tenant) -> None:
    """Issue 2, point 8: "listed and ended by their owner"."""
    desk, phone = signed_in(tenant), signed_in(tenant, user_agent=SAFARI)
    page = desk.get(f"/account/{tenant.slug}/sessions").content.decode()
    assert page.index("Firefox on Linux") < page.index("Mobile Safari on iOS")
    with tenant_scope(tenant.id):
        other = LoginSession.objects.get(created_user_agent=SAFARI)

    answer = desk.post(f"/account/{tenant.slug}/sessions", session=str(other.id))

    assert answer.status_code == 303
    assert b"The session was ended." in desk.get(answer.headers["Location"]).content
    assert not phone.is_signed_in()
    assert desk.is_signed_in()


def test_all_others_end_at_once_and_this_one_stays(tenant: Tenant) -> None:
    """SE06: own kept."""
    desk, phone, eve = signed_in(tenant), signed_in(tenant), signed_in(tenant, "eve")

    desk.post(f"/account/{tenant.slug}/sessions", others="1")

    assert [each.is_signed_in() for each in (desk, phone, eve)] == [True, False, True]


def test_anothers_session_cannot_be_ended(tenant: Tenant) -> None:
    """SE11: NF: the same answer as for an id that never was, and nothing happens."""
    eve, ada = signed_in(tenant, "eve"), signed_in(tenant)
    with tenant_scope(tenant.id):
        hers = LoginSession.objects.get(user__username="eve")
    url = f"/account/{tenant.slug}/sessions"

    answers = [ada.post(url, session=wanted) for wanted in (str(hers.id), "nonsense", "")]

    assert {answer.headers["Location"] for answer in answers} == {f"{url}?done=ended"}
    assert eve.is_signed_in()


def test_signing_out_ends_the_session_for_good(tenant: Tenant) -> None:
    """SE04: a copy of the cookie opens nothing afterwards."""
    browser, thief = signed_in(tenant), Browser(tenant)
    thief.cookies.load(browser.cookies.output(header="", sep=";"))
    assert thief.is_signed_in()

    answer = browser.post(f"/account/{tenant.slug}/sign-out")

    assert answer.headers["Location"] == f"/sign-in/{tenant.slug}/signed-out"
    assert b"You are signed out" in browser.get(answer.headers["Location"]).content
    assert browser.session_cookie == ""
    assert not thief.is_signed_in()


def test_signing_out_leaves_other_accounts_of_the_browser(tenant: Tenant) -> None:
    """Several accounts: only the active one goes."""
    browser = signed_in(tenant)
    browser.sign_in("eve")

    browser.post(f"/account/{tenant.slug}/sign-out")

    assert b"Hello, Ada Lovelace" in browser.get(f"/account/{tenant.slug}/").content


def test_signing_out_is_no_link(tenant: Tenant) -> None:
    """LO01, WB03: a GET signs nobody out."""
    browser = signed_in(tenant)

    answer = browser.get(f"/account/{tenant.slug}/sign-out")

    assert answer.headers["Location"] == f"/account/{tenant.slug}/"
    assert browser.is_signed_in()


@pytest.mark.parametrize("page", ["sessions", "apps", "sign-out"])
def test_forms_from_elsewhere_do_nothing(tenant: Tenant, page: str) -> None:
    """WB01: every mutating route from another origin: 403, nothing changed."""
    browser = signed_in(tenant)
    browser.http.handler.enforce_csrf_checks = True

    answer = browser.post(f"/account/{tenant.slug}/{page}", others="1", client="x")

    assert answer.status_code == 403
    assert browser.is_signed_in()


def test_a_connected_application_can_be_disconnected(tenant: Tenant) -> None:
    """Account: connected apps; withdrawing is consents' own command."""
    browser = signed_in(tenant)
    with tenant_scope(tenant.id):
        session = LoginSession.objects.select_related("user").get()
        client = a_client(tenant, name="Atlas Notebook").client
        consenting.give(
            user=session.user,
            client=client,
            scopes=["openid", "email"],
            documents={},
            actor=actor_of(session.user, Origin()),
        )
    assert b"Atlas Notebook" in browser.get(f"/account/{tenant.slug}/apps").content

    answer = browser.post(f"/account/{tenant.slug}/apps", client=client.client_id)

    page = browser.get(answer.headers["Location"]).content
    assert b"The application was disconnected." in page
    assert b"Atlas Notebook" not in page
    with tenant_scope(tenant.id):
        assert not Consent.objects.exists()


def test_one_persons_pages_are_closed_to_a_deactivated_person(tenant: Tenant) -> None:
    """SE05: "V calls page: refused ≤ 1 s"."""
    browser = signed_in(tenant)
    with tenant_scope(tenant.id):
        session = LoginSession.objects.select_related("user").get()
        accounts.deactivate(user=session.user, actor=SYSTEM)

    assert not browser.is_signed_in()
