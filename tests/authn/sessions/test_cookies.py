"""The session cookie: read with suspicion, written with every flag."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from authn.sessions import cookies, lifecycle
from identity.kernel.actors import Origin
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.people import a_user
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db

ORIGIN = Origin(ip="203.0.113.7", user_agent="test")
SECRET = "a" * 43


def request(header: str) -> Any:
    """A request with this Cookie header."""
    return RequestFactory().get("/", headers={"cookie": header})


def opened(tenant: Tenant) -> lifecycle.Opened:
    """A session of somebody new."""
    return lifecycle.open(
        tenant=tenant,
        user=a_user(tenant),
        amr=["pwd"],
        acr="urn:signet:acr:1",
        auth_time=timezone.now(),
        origin=ORIGIN,
    )


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    """A tenant, and the running test in its scope."""
    made = a_tenant()
    with tenant_scope(made.id):
        yield made


def header(tenant: Tenant, *found: lifecycle.Opened) -> str:
    """The Cookie header of a browser that holds these sessions."""
    secrets = "~".join(each.secret.reveal() for each in found)
    return f"signet-{tenant.serial}={int(time.time())}~{secrets}"


def test_sessions_come_in_the_order_of_the_cookie_by_one_statement(tenant: Tenant) -> None:
    """Brief: "live ones of this browser, active first; ONE query"; users are loaded with them."""
    first, second = opened(tenant), opened(tenant)

    with statements() as found:
        held = cookies.sessions_of(request(header(tenant, second, first)), tenant)
        assert [each.user.pk for each in held] == [
            second.session.user_id,
            first.session.user_id,
        ]

    assert len(found) == 1


def test_a_request_without_the_cookie_costs_no_statement(tenant: Tenant) -> None:
    """Speed: most requests to sign-in pages come from browsers without a session."""
    with statements() as found:
        assert cookies.sessions_of(request("other=1"), tenant) == []

    assert found == []


def test_a_cookie_sent_twice_is_nobody(tenant: Tenant) -> None:
    """SE12: cookie tossing: "ignored; duplicates ⇒ anonymous", in both orders."""
    good = header(tenant, opened(tenant))
    tossed = f"signet-{tenant.serial}=1~{SECRET}"

    assert cookies.sessions_of(request(good), tenant)
    assert cookies.sessions_of(request(f"{good}; {tossed}"), tenant) == []
    assert cookies.sessions_of(request(f"{tossed}; {good}"), tenant) == []
    assert cookies.sessions_of(request(f"{good}; {good}"), tenant) == []


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    value=some.one_of(
        some.text(max_size=300),
        some.from_regex(r"\d{0,12}(~[A-Za-z0-9_-]{40,46}){0,8}", fullmatch=True),
        some.binary(max_size=200).map(lambda raw: raw.decode("latin-1")),
    )
)
def test_garbage_in_the_cookie_is_nobody(tenant: Tenant, value: str) -> None:
    """SE15: "anonymous, never 200-authenticated, no 5xx"."""
    crafted = RequestFactory().get("/")
    crafted.META["HTTP_COOKIE"] = f"signet-{tenant.serial}={value}"

    assert cookies.sessions_of(crafted, tenant) == []


def test_a_huge_cookie_and_another_cookies_value_are_nobody(tenant: Tenant) -> None:
    """SE15: 8 kB, NUL, other cookie's value."""
    for value in ("1~" + "a" * 8192, f"1~{SECRET}\x00", SECRET, "~".join(["1", *[SECRET] * 6])):
        crafted = RequestFactory().get("/")
        crafted.META["HTTP_COOKIE"] = f"signet-{tenant.serial}={value}"
        assert cookies.sessions_of(crafted, tenant) == []


def test_a_session_is_nobody_at_another_tenant() -> None:
    """SE09: "T1 cookie sent to T2: anonymous at T2", under either tenant's cookie name."""
    one, two = a_tenant(), a_tenant()
    with tenant_scope(one.id):
        value = header(one, opened(one)).partition("=")[2]

    with tenant_scope(two.id):
        for name in (f"signet-{one.serial}", f"signet-{two.serial}"):
            assert cookies.sessions_of(request(f"{name}={value}"), two) == []


def test_a_sixth_account_pushes_out_the_last(tenant: Tenant) -> None:
    """Issue 2, point 8: up to five accounts per tenant."""
    found = [opened(tenant) for _ in range(6)]
    asked, answer = request(header(tenant, *found[:5])), HttpResponse()

    cookies.remember(
        answer, asked, tenant, opened=found[5], others=[each.session for each in found[:5]]
    )

    kept = answer.cookies[f"signet-{tenant.serial}"].value.split("~")[1:]
    assert kept == [found[number].secret.reveal() for number in (5, 0, 1, 2, 3)]


def test_the_oldest_tenants_cookie_is_dropped_beyond_twenty(tenant: Tenant) -> None:
    """Issue 2, point 8: "oldest dropped beyond 20"."""
    others = "; ".join(f"signet-{900 + n}={1000 + n}~{SECRET}" for n in range(21))
    asked, answer = request(others), HttpResponse()

    cookies.remember(answer, asked, tenant, opened=opened(tenant), others=[])

    dropped = {name for name, morsel in answer.cookies.items() if morsel["max-age"] == 0}
    assert dropped == {"signet-900", "signet-901", "signet-device-900", "signet-device-901"}


def test_twenty_tenants_fit_together(tenant: Tenant) -> None:
    """SE03: "≤4096 B" a cookie; and nobody is dropped up to 20."""
    others = "; ".join(f"signet-{900 + n}={1000 + n}~{SECRET}" for n in range(19))
    found = [opened(tenant) for _ in range(5)]
    asked, answer = request(f"{header(tenant, *found[1:])}; {others}"), HttpResponse()

    cookies.remember(
        answer, asked, tenant, opened=found[0], others=[each.session for each in found[1:]]
    )

    assert list(answer.cookies) == [f"signet-{tenant.serial}"]
    assert len(answer.cookies[f"signet-{tenant.serial}"].OutputString()) < 4096


@override_settings(IS_HTTPS=True)
def test_on_https_the_cookie_is_bound_to_the_host(tenant: Tenant) -> None:
    """SE03: `__Host-`, Secure, HttpOnly, SameSite, Path=/, no Domain; a plain name is ignored."""
    found, answer = opened(tenant), HttpResponse()

    cookies.remember(answer, request(""), tenant, opened=found, others=[])

    morsel = answer.cookies[f"__Host-signet-{tenant.serial}"]
    assert morsel["secure"]
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Lax", "/", "")
    assert cookies.sessions_of(request(header(tenant, found)), tenant) == []


def test_forgetting_the_last_session_erases_the_cookie(tenant: Tenant) -> None:
    """SE04: signing out leaves nothing in the browser."""
    found, answer = opened(tenant), HttpResponse()

    cookies.forget(answer, request(header(tenant, found)), tenant, left=[])

    assert answer.cookies[f"signet-{tenant.serial}"]["max-age"] == 0
