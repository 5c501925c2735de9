"""A tenant from its creation to its end."""

from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Conflict, Invalid, NotFound, Refused
from identity.tenancy.scope import ScopeError, platform_scope, tenant_scope
from tenants.registry import lifecycle, resolution
from tenants.registry.models import CredentialDirectory, Tenant, TenantHost
from tenants.registry.policy import Capability, TenantPolicy
from tests.builders.clients import a_client
from tests.builders.people import a_group, a_user
from tests.builders.tenants import a_tenant, the_platform
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db


def recorded(tenant: Tenant) -> list[Event]:
    with platform_scope():
        return list(Event.objects.filter(tenant_id=tenant.id, subject_kind="tenant").order_by("id"))


def test_a_tenant_is_what_it_was_created_as() -> None:
    """Contract 2.8: TenantConfig."""
    created = lifecycle.create(
        slug="demo",
        display_name=" Demo ",
        policy=TenantPolicy(register_enable=True),
        is_2fa=True,
        hosts=["Login.Example.com"],
        actor=SYSTEM,
    )

    found = resolution.by_slug("demo")
    assert found == created
    assert found is not None
    assert (found.display_name, found.is_2fa) == ("Demo", True)
    assert isinstance(found.serial, int)
    assert found.policy.register_enable
    assert resolution.by_host("login.example.com:443") == created
    assert [event.type for event in recorded(created)] == ["tenant.created"]


def test_what_is_taken_is_a_conflict() -> None:
    """Contract 2.3: 409."""
    a_tenant("demo", hosts=["a.example"])

    with pytest.raises(Conflict) as refusal:
        a_tenant("demo")
    assert refusal.value.field == "slug"
    with pytest.raises(Conflict) as refusal:
        a_tenant("other", hosts=["A.EXAMPLE"])
    assert refusal.value.field == "hosts"
    assert resolution.by_slug("other") is None


@pytest.mark.parametrize("slug", ["platform", "token", "A", "a b"])
def test_reserved_and_malformed_slugs_are_refused(slug: str) -> None:
    """Contract 2.2. Nobody creates a second platform, or the first, under its name."""
    with pytest.raises(Invalid):
        lifecycle.create(slug=slug, actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_of_ten_creations_at_once_one_succeeds() -> None:
    """A taken slug is a Conflict, also when it was free a moment ago."""
    answers = at_once([partial(a_tenant, "demo")] * 10)

    assert sum(isinstance(answer, Tenant) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 9


@pytest.mark.django_db(transaction=True)
def test_the_platforms_tenant_is_made_once() -> None:
    """However many processes start at once."""
    made = at_once([the_platform] * 5)

    assert len({tenant.id for tenant in made if isinstance(tenant, Tenant)}) == 1
    assert all(isinstance(tenant, Tenant) for tenant in made)


def test_a_tenant_cannot_create_tenants() -> None:
    """A scope never widens: code that serves one tenant cannot make another."""
    tenant = a_tenant()

    with tenant_scope(tenant.id), pytest.raises(ScopeError):
        a_tenant()


def test_an_update_changes_what_is_given() -> None:
    """One event that names what changed; none for a change that changes nothing."""
    tenant = a_tenant(display_name="Old", pin_size=4)
    changed = lifecycle.update(
        tenant=tenant,
        display_name="New",
        policy=tenant.policy.changed({"register_enable": True}),
        actor=SYSTEM,
    )

    assert (changed.display_name, changed.policy.pin_size) == ("New", 4)
    assert changed.policy.register_enable
    assert changed.updated_at is not None
    assert resolution.by_id(tenant.id) == changed
    lifecycle.update(tenant=tenant, display_name="New", policy=changed.policy, actor=SYSTEM)
    events = recorded(tenant)
    assert [event.type for event in events] == ["tenant.created", "tenant.updated"]
    assert events[1].data == {"changed": ["display_name", "register_enable"]}


def test_the_list_of_hosts_is_replaced() -> None:
    """A host that was given up is free."""
    tenant = a_tenant(hosts=["a.example", "b.example"])
    lifecycle.update(tenant=tenant, hosts=["b.example", "c.example"], actor=SYSTEM)
    other = a_tenant(hosts=["a.example"])

    assert resolution.by_host("a.example") == other
    assert resolution.by_host("b.example") == resolution.by_host("c.example") == tenant


def test_a_tenant_changes_its_own_settings_in_its_own_scope() -> None:
    """Where the login was not granted the platform, administrators still have their settings."""
    tenant, other = a_tenant(), a_tenant()

    with tenant_scope(tenant.id):
        lifecycle.update(tenant=tenant, display_name="Ours", actor=SYSTEM)
        for change in ({"display_name": "Theirs"}, {"policy": TenantPolicy(pin_size=3)}):
            with pytest.raises(ScopeError):
                lifecycle.update(tenant=other, actor=SYSTEM, **change)
        with pytest.raises(ScopeError):
            lifecycle.update(tenant=tenant, hosts=["a.example"], actor=SYSTEM)
        for command in (lifecycle.suspend, lifecycle.resume, lifecycle.delete):
            with pytest.raises(ScopeError):
                command(tenant=tenant, actor=SYSTEM)


@pytest.mark.parametrize(
    "column", ["slug = 'other'", "state = 'active'", "is_2fa = true", "id = gen_random_uuid()"]
)
def test_the_database_keeps_a_tenant_from_the_rest_of_its_row(column: str) -> None:
    """The second wall: whatever code runs in a tenant's scope."""
    tenant = a_tenant()

    with (
        tenant_scope(tenant.id),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE tenants_tenant SET {column}")


def test_the_database_keeps_a_tenant_from_other_rows() -> None:
    """An UPDATE without a condition reaches one row."""
    tenant, other = a_tenant(), a_tenant()
    with tenant_scope(tenant.id):
        assert Tenant.objects.update(display_name="Ours") == 1

    assert Tenant.objects.get(id=other.id).display_name == ""
    assert Tenant.objects.update(display_name="Nobody's") == 0


def test_a_suspended_tenant_is_unknown_until_it_is_resumed() -> None:
    """Brief of the registry: everything dead; its data stays."""
    tenant = a_tenant("demo", hosts=["a.example"])
    user = a_user(tenant, "ada")
    suspended = lifecycle.suspend(tenant=tenant, actor=SYSTEM)
    lifecycle.suspend(tenant=tenant, actor=SYSTEM)

    assert resolution.by_slug("demo") is None
    assert resolution.by_id(tenant.id) is None
    assert resolution.by_host("a.example") is None
    assert not any(suspended.allows(capability) for capability in Capability)
    resumed = lifecycle.resume(tenant=suspended, actor=SYSTEM)
    assert resolution.by_slug("demo") == resumed
    with tenant_scope(tenant.id):
        user.refresh_from_db()
    assert [event.type for event in recorded(tenant)] == [
        "tenant.created",
        "tenant.suspended",
        "tenant.resumed",
    ]


def test_the_platforms_tenant_neither_rests_nor_goes() -> None:
    """It is what everything else is run from."""
    platform = the_platform()

    for command in (lifecycle.suspend, lifecycle.delete):
        with pytest.raises(Refused):
            command(tenant=platform, actor=SYSTEM)


def test_the_platforms_tenant_allows_nothing_whatever_its_settings_say() -> None:
    """Issue 2, 3: no self-registration, SCIM, dynamic registration, face or third-party client."""
    opened = TenantPolicy(register_enable=True, dynamic_registration_enable=True)
    platform = lifecycle.update(tenant=the_platform(), policy=opened, actor=SYSTEM)

    assert not any(platform.allows(capability) for capability in Capability)
    assert all(a_tenant(**opened.document()).allows(capability) for capability in Capability)


def owned_by(tenant: Tenant) -> dict[str, int]:
    """How many rows of each table point at the tenant."""
    counts = {}
    with platform_scope():
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and field.related_model is Tenant:
                    rows = model._base_manager.filter(**{field.attname: tenant.id})
                    counts[model._meta.db_table] = rows.count()
    return counts


def test_deleting_purges_every_room_and_nobody_else() -> None:
    """Brief of the registry: deletion purges. The audit trail outlives what it describes."""
    tenant, other = a_tenant(hosts=["a.example"]), a_tenant()
    for each in (tenant, other):
        a_group(each, "Staff", a_user(each, "ada"))
        a_client(each, "web")
    before = owned_by(other)
    assert before["users_membership"] == before["clients_clientsecret"] == 1

    lifecycle.delete(tenant=tenant, actor=SYSTEM)

    assert not any(owned_by(tenant).values())
    assert owned_by(other) == before
    assert not Tenant.objects.filter(id=tenant.id).exists()
    assert recorded(tenant)[-1].type == "tenant.deleted"
    with pytest.raises(NotFound):
        lifecycle.delete(tenant=tenant, actor=SYSTEM)
    assert resolution.by_slug(tenant.slug) is None
    assert not TenantHost.objects.filter(host="a.example").exists()
    assert not CredentialDirectory.objects.filter(tenant_id=tenant.id).exists()


@pytest.mark.django_db(transaction=True)
def test_deleting_holds_at_the_commit_too() -> None:
    """Deferred foreign keys are checked there: the order of the tables does not matter."""
    tenant = a_tenant()
    a_group(tenant, "Staff", a_user(tenant, "ada"))
    a_client(tenant, "web")
    lifecycle.delete(tenant=tenant, actor=SYSTEM)

    assert not any(owned_by(tenant).values())


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "x" * 201])
def test_a_display_name_is_plain(name: str) -> None:
    """It is shown on sign-in pages and in mails."""
    tenant = a_tenant()
    wishes: dict[str, Any] = {"display_name": name, "actor": SYSTEM}

    with pytest.raises(Invalid):
        lifecycle.update(tenant=tenant, **wishes)
    with pytest.raises(Invalid):
        lifecycle.create(slug="other", **wishes)
