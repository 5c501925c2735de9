"""Two tenants with an object of every sort, and people at the console's door."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from authn.sessions import cookies, lifecycle
from identity.kernel.actors import Origin
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import Role, User
from tests.builders.people import a_user, an_operator
from tests.builders.tenants import a_tenant, the_platform

Enter = Callable[[User], Client]


def a_browser() -> Client:
    """A browser at the address where the pages live."""
    return Client(headers={"host": "localhost:8000"})


@pytest.fixture
def platform(db: None) -> Tenant:
    return the_platform()


@pytest.fixture
def operator(platform: Tenant) -> User:
    return an_operator(platform, "root")


@pytest.fixture
def north(db: None) -> Tenant:
    return a_tenant("north", display_name="Northwind")


@pytest.fixture
def south(db: None) -> Tenant:
    return a_tenant("south", display_name="Southside")


@pytest.fixture
def admin_of_north(north: Tenant) -> User:
    return a_user(north, "ada", roles=[Role.TENANT_ADMIN])


def session_cookie(user: User) -> tuple[str, str]:
    """Name and value of the cookie of a new session."""
    with tenant_scope(user.tenant_id):
        opened = lifecycle.open(
            tenant=user.tenant,
            user=user,
            amr=["pwd"],
            acr="urn:signet:acr:1",
            auth_time=timezone.now(),
            origin=Origin(ip="192.0.2.1", user_agent="Mozilla/5.0"),
        )
    return cookies.name_of(user.tenant), f"1~{opened.secret.reveal()}"


@pytest.fixture
def enter() -> Enter:
    """A browser in which this person is signed in and which has chosen the person's tenant."""

    def entered(user: User) -> Client:
        client = a_browser()
        name, value = session_cookie(user)
        client.cookies[name] = value
        response = client.get(f"/console/enter/{user.tenant.slug}/")
        assert response.status_code == 302
        return client

    return entered
