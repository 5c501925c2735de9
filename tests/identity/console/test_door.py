"""Who comes in at the console, and what becomes of everybody else."""

import pytest

from identity.kernel.actors import SYSTEM
from tenants.registry import lifecycle
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User
from tests.builders.people import a_user
from tests.identity.console.conftest import Enter, a_browser

pytestmark = pytest.mark.django_db


def test_nobody_is_sent_to_the_platforms_sign_in_and_back(platform: Tenant) -> None:
    """Issue 2.10: the console's sign-in is the login pipeline."""
    response = a_browser().get("/console/users/user/?q=a")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/platform/?next=/console/users/user/%3Fq%3Da"


def test_who_chose_a_tenant_is_sent_to_its_sign_in(platform: Tenant, north: Tenant) -> None:
    """Issue 2.10: a tenant's administrators come in by their own tenant's pipeline."""
    client = a_browser()
    client.get("/console/enter/north/")
    assert client.get("/console/")["Location"] == "/sign-in/north/?next=/console/"


def test_an_operator_sees_every_tenant(
    enter: Enter, operator: User, north: Tenant, south: Tenant
) -> None:
    """Issue 2.10: platform operators see all tenants."""
    page = enter(operator).get("/console/tenants/tenant/").content.decode()
    assert "north" in page
    assert "south" in page


def test_an_administrator_is_led_to_the_own_tenant(
    enter: Enter, admin_of_north: User, platform: Tenant
) -> None:
    """Issue 2.10: tenant admins see only their own."""
    client = enter(admin_of_north)
    response = client.get("/console/tenants/tenant/")
    assert response["Location"].endswith(f"/{admin_of_north.tenant_id}/change/")
    assert client.get(response["Location"]).status_code == 200


def test_a_person_without_a_role_gets_one_clear_page(
    enter: Enter, north: Tenant, platform: Tenant
) -> None:
    """AD14: an end user's session opens nothing, and leads into no loop."""
    response = enter(a_user(north, "eve")).get("/console/")
    assert response.status_code == 403
    assert "not open to you" in response.content.decode()


def test_an_administrator_of_a_tenant_is_nobody_at_the_platforms_door(
    enter: Enter, admin_of_north: User, platform: Tenant
) -> None:
    """AD14: T1 admin at the platform's console."""
    client = enter(admin_of_north)
    client.get("/console/enter/platform/")
    assert client.get("/console/")["Location"].startswith("/sign-in/platform/")


def test_tenant_admin_of_the_platforms_tenant_is_no_operator(
    enter: Enter, platform: Tenant
) -> None:
    """AD14: only the operators' role opens the platform's console."""
    user = a_user(platform, "pat", roles=["tenant_admin"])
    assert enter(user).get("/console/").status_code == 403


def test_a_role_that_is_taken_away_closes_the_door_at_the_next_click(
    enter: Enter, admin_of_north: User, platform: Tenant
) -> None:
    """AD11: role removed → refused at once."""
    client = enter(admin_of_north)
    assert client.get("/console/").status_code == 200
    accounts.update(user=admin_of_north, roles=[], actor=SYSTEM)
    assert client.get("/console/").status_code == 403
    assert client.post("/console/users/user/add/", {}).status_code == 403


def test_a_person_who_is_deactivated_is_out_at_the_next_click(
    enter: Enter, admin_of_north: User, platform: Tenant
) -> None:
    """AD11: operator disabled → refused at once."""
    client = enter(admin_of_north)
    accounts.deactivate(user=admin_of_north, actor=SYSTEM)
    assert client.get("/console/")["Location"].startswith("/sign-in/north/")


def test_a_suspended_tenants_administrator_is_out(
    enter: Enter, admin_of_north: User, platform: Tenant, north: Tenant
) -> None:
    """AD11: what stops a tenant stops its administrators."""
    client = enter(admin_of_north)
    lifecycle.suspend(tenant=north, actor=SYSTEM)
    assert client.get("/console/").status_code == 302


def test_leaving_ends_the_session(enter: Enter, admin_of_north: User, platform: Tenant) -> None:
    """Signing out of the console signs out of the tenant."""
    client = enter(admin_of_north)
    assert client.get("/console/leave/").status_code == 405
    assert client.post("/console/leave/")["Location"] == "/sign-in/north/signed-out"
    assert client.get("/console/")["Location"].startswith("/sign-in/north/")
