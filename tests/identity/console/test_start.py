"""The start page: state at a glance, in a bounded number of statements."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from authn.login import events
from identity.audit import recording, sealing
from identity.kernel.actors import SYSTEM
from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.identity.console.conftest import Enter
from tests.identity.console.things import everything

pytestmark = pytest.mark.django_db
# The session, its roles and the tenant; then a few rows for each panel.
STATEMENTS_MOST = 30


def sign_ins(tenant: Tenant, completed: int, failed: int) -> None:
    """So many events, sealed and counted."""
    with platform_scope():
        for _ in range(completed):
            recording.record(events.LOGIN_COMPLETED, actor=SYSTEM, tenant_id=tenant.id)
        for _ in range(failed):
            recording.record(
                events.LOGIN_FAILED,
                actor=SYSTEM,
                tenant_id=tenant.id,
                outcome=recording.Outcome.FAILURE,
                reason="wrong_password",
            )
        sealing.seal()


def numbers(page: str) -> dict[str, str]:
    """Label → number of each tile."""
    tiles = re.findall(r'class="tilebox">(.*?)</b>', page, re.DOTALL)
    return {
        re.sub(r"<[^>]+>", "", tile.split("<b>")[0]).strip(): tile.split("<b>")[1] for tile in tiles
    }


def test_an_operator_sees_the_sums_over_all_tenants(
    enter: Enter, operator: User, north: Tenant, south: Tenant
) -> None:
    """Issue 2.10: sign-ins and failures over time, blocked now, outbox backlog, keys due."""
    sign_ins(north, 3, 1)
    sign_ins(south, 2, 2)
    everything(south)
    page = enter(operator).get("/console/").content.decode()
    found = numbers(page)
    assert found["Sign-ins today"] == "5"
    assert found["Failures today"] == "3"
    assert found["Blocked now"] == "1"
    assert int(found["Waiting to be sent"]) >= 1
    assert "Password wrong" in page
    assert page.count('<svg class="chart"') == 2
    assert "Show as a table" in page
    assert "Northwind" in page


def test_an_administrator_sees_the_own_tenants_numbers_only(
    enter: Enter, admin_of_north: User, north: Tenant, south: Tenant, platform: Tenant
) -> None:
    """TI13: another tenant's numbers are nobody's business."""
    sign_ins(north, 3, 1)
    sign_ins(south, 20, 20)
    everything(south)
    found = numbers(enter(admin_of_north).get("/console/").content.decode())
    assert found == {"Sign-ins today": "3", "Failures today": "1", "Blocked now": "0"}


def test_pages_cost_the_same_number_of_statements_however_many_rows_there_are(
    enter: Enter,
    operator: User,
    north: Tenant,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """Architecture: console pages O(page) at a million users."""
    for number in range(55):
        a_user(north, f"p{number}")
    things = everything(north)
    with platform_scope():
        Message.objects.all().update(attempts=1)
    client = enter(operator)
    for path in ("/console/", *(f"/console/{model}/" for model in things)):
        with django_assert_max_num_queries(STATEMENTS_MOST):
            assert client.get(path).status_code == 200
