"""Groups and who is in them."""

import pytest

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Conflict, Invalid, NotFound
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import groups
from tenants.users.models import Group, User
from tests.builders.people import a_group, a_user
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


def members(group: Group) -> set[str]:
    with tenant_scope(group.tenant_id):
        found = User.objects.filter(memberships__group=group)
        return set(found.values_list("username", flat=True))


def events(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        found = Event.objects.filter(subject_kind="group").order_by("id")
        return list(found.values_list("type", flat=True))


def test_a_group_has_the_members_it_was_given(tenant: Tenant) -> None:
    """Contract 7.1: ScimGroup, with members."""
    ada, bob, eve = (a_user(tenant, name) for name in ("ada", "bob", "eve"))
    group = a_group(tenant, "Staff", ada, bob)
    assert members(group) == {"ada", "bob"}

    groups.set_members(group=group, members=[bob, eve], actor=SYSTEM)
    assert members(group) == {"bob", "eve"}
    groups.add_members(group=group, members=[ada, bob], actor=SYSTEM)
    assert members(group) == {"ada", "bob", "eve"}
    groups.remove_members(group=group, members=[bob, eve], actor=SYSTEM)
    assert members(group) == {"ada"}
    groups.set_members(group=group, members=[ada], actor=SYSTEM)
    with tenant_scope(tenant.id):
        assert list(Group.objects.having(ada)) == [group]
        assert not Group.objects.having(bob).exists()
    assert events(tenant) == ["group.created"] + ["group.members_changed"] * 3


def test_a_group_name_is_taken_in_any_spelling(tenant: Tenant) -> None:
    """Unique per tenant after folding."""
    a_group(tenant, "Büro")
    a_group(a_tenant(), "Büro")
    other = a_group(tenant, "Other")

    with pytest.raises(Conflict):
        a_group(tenant, "BU\u0308RO")
    with pytest.raises(Conflict):
        groups.update(group=other, display_name="büro", actor=SYSTEM)
    assert groups.update(group=other, display_name="OTHER", actor=SYSTEM).display_name == "OTHER"


@pytest.mark.parametrize("name", ["", " ", "a\u202eb", "x" * 257, "\ufdfa" * 100])
def test_a_group_has_a_plain_name(tenant: Tenant, name: str) -> None:
    """The same rules as for people."""
    with pytest.raises(Invalid):
        groups.create(tenant=tenant, display_name=name, actor=SYSTEM)


def test_another_tenants_people_cannot_be_members(tenant: Tenant) -> None:
    """Tenants are isolated, by the command and by the composite key."""
    stranger = a_user(a_tenant())
    group = a_group(tenant)

    for change in (groups.set_members, groups.add_members):
        with pytest.raises(Invalid):
            change(group=group, members=[stranger], actor=SYSTEM)
    with pytest.raises(Invalid):
        a_group(tenant, None, stranger)


def test_deleting_a_group_leaves_its_members(tenant: Tenant) -> None:
    """And a second deletion finds nothing."""
    ada = a_user(tenant, "ada")
    group = a_group(tenant, "Staff", ada)
    groups.delete(group=group, actor=SYSTEM)

    with tenant_scope(tenant.id):
        assert User.objects.filter(pk=ada.pk).exists()
    for command in (groups.delete, groups.update):
        with pytest.raises(NotFound):
            command(group=group, actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_a_person_added_many_times_at_once_is_in_once() -> None:
    """The group's row is locked while its members change."""
    tenant = a_tenant()
    group, ada = a_group(tenant), a_user(tenant, "ada")

    at_once([lambda: groups.add_members(group=group, members=[ada], actor=SYSTEM)] * 10)

    assert members(group) == {"ada"}
    assert events(tenant).count("group.members_changed") == 1
