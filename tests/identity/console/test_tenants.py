"""Tenants in the console: made and suspended by operators, set by their administrators."""

import pytest
from django.test import Client

from identity.audit.models import Event
from identity.tenancy.scope import platform_scope
from tenants.registry.models import Tenant, TenantState
from tenants.users.models import User
from tests.identity.console.conftest import Enter

pytestmark = pytest.mark.django_db


def policy_of(client: Client, tenant: Tenant) -> dict[str, object]:
    """The settings form as a browser would send it back unchanged."""
    form = client.get(f"/console/tenants/tenant/{tenant.id}/change/").context["adminform"].form
    sent: dict[str, object] = {}
    for field in form:
        value = field.value()
        if isinstance(value, bool):
            if value:
                sent[field.name] = "on"
        else:
            sent[field.name] = "" if value is None else value
    return sent


def test_an_operator_makes_a_tenant(enter: Enter, operator: User) -> None:
    """Issue 2.10: saves go through commands; the operator is the actor of the audit entry."""
    client = enter(operator)
    response = client.post(
        "/console/tenants/tenant/add/", {"slug": "fresh", "display_name": "Fresh", "hosts": ""}
    )
    tenant = Tenant.objects.get(slug="fresh")
    assert response["Location"] == f"/console/tenants/tenant/{tenant.id}/change/"
    with platform_scope():
        event = Event.objects.get(type="tenant.created", subject_id=tenant.id)
    assert event.actor_id == operator.id


def test_what_a_command_refuses_is_said_at_the_field(enter: Enter, operator: User) -> None:
    """A slug of the wrong form, one that is taken, and one that is reserved."""
    client = enter(operator)
    for slug in ("UPPER case", "platform"):
        response = client.post("/console/tenants/tenant/add/", {"slug": slug, "hosts": ""})
        assert response.status_code == 200
        assert "slug" in response.context["adminform"].form.errors


def test_an_administrator_changes_the_own_settings_and_no_host(
    enter: Enter, admin_of_north: User, north: Tenant, platform: Tenant
) -> None:
    """Mass assignment: a host name sent along is not looked at."""
    client = enter(admin_of_north)
    sent = policy_of(client, north) | {
        "display_name": "Northwind Ltd",
        "block__ip_attempts_limit": "9",
        "brand__hue": "30",
        "passkey_enabled": "on",
        "hosts": "evil.example",
        "slug": "stolen",
    }
    url = f"/console/tenants/tenant/{north.id}/change/"
    assert client.post(url, sent).status_code == 302
    row = Tenant.objects.get(id=north.id)
    assert row.display_name == "Northwind Ltd"
    assert row.policy.block.ip_attempts_limit == 9
    assert row.policy.brand.hue == 30
    assert row.policy.passkey_enabled
    assert row.slug == "north"
    assert not row.hosts.exists()
    assert row.policy.liveness is None


def test_a_policy_that_contradicts_itself_is_refused_whole(
    enter: Enter, admin_of_north: User, north: Tenant, platform: Tenant
) -> None:
    """The typed policy is checked as a whole, and the page says why."""
    client = enter(admin_of_north)
    sent = policy_of(client, north) | {"use_liveness": "on", "login_origins": "http://evil.example"}
    response = client.post(f"/console/tenants/tenant/{north.id}/change/", sent)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not Tenant.objects.get(id=north.id).policy.use_liveness


def test_only_operators_suspend_a_tenant(
    enter: Enter, operator: User, admin_of_north: User, north: Tenant
) -> None:
    """Suspending is the platform's, whatever address an administrator tries."""
    url = f"/console/tenants/tenant/{north.id}/suspend/"
    assert enter(admin_of_north).post(url).status_code == 403
    assert enter(operator).post(url).status_code == 302
    assert Tenant.objects.get(id=north.id).state == TenantState.SUSPENDED
