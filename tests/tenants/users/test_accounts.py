"""People: what they may be called, how they change, how they go."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.dispatch import Signal

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Conflict, Invalid, NotFound
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts, groups, identifiers, signals
from tenants.users.models import Identifier, Membership, UsedUserId, User
from tests.builders.people import a_group, a_user
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db

ZOE_SPELLINGS = ("Zoë", "Zoe\u0308", "ZOË", "zoe\u0308", "\uff3aoë", " Zoë ")
ZERO_WIDTH = ("Zo\u200bë", "Zoë\u200d", "\ufeffZoë", "Zo\u00adë")


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


def recorded(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        found = Event.objects.order_by("id").values_list("type", flat=True)
        return [name for name in found if name.startswith("user.")]


def test_a_person_is_what_they_were_created_as(tenant: Tenant) -> None:
    """Contract 2.7: User, and Signet's own members."""
    user = accounts.create(
        tenant=tenant,
        username="Ada",
        email="Ada@Example.com",
        name="Ada Lovelace",
        locale="en-GB",
        zoneinfo="Europe/London",
        external_id="hr-1",
        roles=["tenant_admin"],
        public_id="u-1",
        actor=SYSTEM,
    )

    with tenant_scope(tenant.id):
        stored = User.objects.get(pk=user.pk)
    assert (stored.username, stored.email, stored.public_id) == ("Ada", "Ada@Example.com", "u-1")
    assert stored.roles == ["tenant_admin"]
    assert not stored.is_verified
    assert stored.is_active
    assert isinstance(user.serial, int)
    assert user.created_at == stored.created_at
    assert recorded(tenant) == ["user.created"]


def test_the_server_chooses_an_id_that_is_not_given(tenant: Tenant) -> None:
    """Contract 2.7: an empty user_id means that the server assigns."""
    user = a_user(tenant)

    assert UUID(user.public_id) == user.pk


@pytest.mark.parametrize("spelling", ZOE_SPELLINGS)
def test_pr14_one_name_has_one_bearer_in_any_spelling(tenant: Tenant, spelling: str) -> None:
    """PR14: NFC, NFD, case, width."""
    user = a_user(tenant, "Zoë", email="zoe@example.com")

    with pytest.raises(Conflict) as refusal:
        a_user(tenant, spelling, email="other@example.com")
    assert refusal.value.field == "username"
    assert identifiers.find(tenant=tenant, text=spelling) == user


@pytest.mark.parametrize("spelling", ZERO_WIDTH)
def test_pr14_invisible_characters_are_no_part_of_a_name(tenant: Tenant, spelling: str) -> None:
    """PR14: ZW. Two names that look alike are not two names."""
    with pytest.raises(Invalid) as refusal:
        a_user(tenant, spelling, email="zoe@example.com")

    assert refusal.value.field == "username"


@pytest.mark.django_db(transaction=True)
def test_pr14_of_fifty_creations_at_once_one_succeeds() -> None:
    """PR14: 50 parallel creates of one name in all spellings: exactly 1 row per tenant."""
    tenant = a_tenant()
    spellings = [(ZOE_SPELLINGS + ZERO_WIDTH)[number % 10] for number in range(50)]

    def creation(number: int) -> Any:
        return lambda: a_user(tenant, spellings[number], email=f"zoe{number}@example.com")

    answers = at_once([creation(number) for number in range(50)])

    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 29
    assert sum(isinstance(answer, Invalid) for answer in answers) == 20
    with tenant_scope(tenant.id):
        assert User.objects.count() == 1
        assert Identifier.objects.count() == 2


def test_another_tenant_may_have_the_same_people(tenant: Tenant) -> None:
    """PR14: per tenant."""
    one = a_user(tenant, "ada", public_id="1", external_id="x")
    other = a_user(a_tenant(), "ada", public_id="1", external_id="x")

    assert one.pk != other.pk
    assert identifiers.find(tenant=tenant, text="ADA@example.com") == one


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"username": "ADA"}, "username"),
        ({"username": "x", "email": "ADA@example.com"}, "email"),
        ({"username": "x", "email": "x@example.com", "public_id": "u-1"}, "public_id"),
        ({"username": "x", "email": "x@example.com", "external_id": "hr-1"}, "external_id"),
        ({"username": "Ada@Example.com", "email": "x@example.com"}, "username"),
        ({"username": "x", "email": "ada.l@example.com"}, "email"),
    ],
    ids=str,
)
def test_what_is_taken_is_a_conflict_that_names_the_field(
    tenant: Tenant, profile: dict[str, Any], field: str
) -> None:
    """Contract 2.3: 409. A name may not be another's address, nor an address another's name."""
    a_user(tenant, "ada", public_id="u-1", external_id="hr-1")
    a_user(tenant, "ada.l@example.com", email="someone@example.com")

    with pytest.raises(Conflict) as refusal:
        a_user(tenant, **profile)
    assert refusal.value.field == field


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "empty name": ({"username": "  "}, "username"),
    "long name": ({"username": "a" * 129}, "username"),
    "name that folds to a page": ({"username": "\ufdfa" * 100}, "username"),
    "control character": ({"username": "a\x00b"}, "username"),
    "right-to-left override": ({"username": "a\u202eb"}, "username"),
    "no address": ({"email": ""}, "email"),
    "no at sign": ({"email": "ada"}, "email"),
    "header injection (PR11)": ({"email": "a@example.com\r\nBcc: b@example.com"}, "email"),
    "two addresses": ({"email": "a@example.com,b@example.com"}, "email"),
    "long address": ({"email": "a" * 250 + "@example.com"}, "email"),
    "name with newline (PR11)": ({"name": "Ada\nLovelace"}, "name"),
    "long display name": ({"name": "n" * 201}, "name"),
    "locale": ({"locale": "../../etc"}, "locale"),
    "zone": ({"zoneinfo": "Mars/Olympus"}, "zoneinfo"),
    "role": ({"roles": ["root"]}, "roles"),
    "operator outside the platform": ({"roles": ["platform_operator"]}, "roles"),
    "long external id": ({"external_id": "x" * 257}, "external_id"),
}


@pytest.mark.parametrize(("profile", "field"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    tenant: Tenant, profile: dict[str, Any], field: str
) -> None:
    """Contract 2.7, PR11: refused with the field's name, at creation and at a change."""
    with pytest.raises(Invalid) as refusal:
        a_user(tenant, **{"email": "ada@example.com", **profile})
    assert refusal.value.field == field
    assert recorded(tenant) == []

    user = a_user(tenant)
    with pytest.raises(Invalid) as refusal:
        accounts.update(user=user, actor=SYSTEM, **profile)
    assert refusal.value.field == field


@pytest.mark.parametrize("public_id", ["x" * 129, "a b", "é", "a\0"])
def test_a_chosen_id_is_visible_ascii(tenant: Tenant, public_id: str) -> None:
    """Contract 2.7: text of at most 128."""
    with pytest.raises(Invalid) as refusal:
        a_user(tenant, public_id=public_id)

    assert refusal.value.field == "public_id"


def test_where_people_have_an_address_only_it_is_the_name() -> None:
    """Contract 2.5: has_username_and_email=false, the e-mail is stored as username too."""
    tenant = a_tenant(has_username_and_email=False)
    user = a_user(tenant, "ignored", email="Ada@Example.com")

    assert user.username == "Ada@Example.com"
    changed = accounts.update(user=user, actor=SYSTEM, email="b@example.com", is_verified=True)
    assert changed.username == "b@example.com"
    assert identifiers.find(tenant=tenant, text="ada@example.com") is None
    assert identifiers.find(tenant=tenant, text="ignored") is None
    with tenant_scope(tenant.id):
        assert Identifier.objects.count() == 1


def test_a_change_keeps_what_it_does_not_name(tenant: Tenant) -> None:
    """One event that says what changed; none for a change that changes nothing."""
    user = a_user(tenant, "ada", name="Ada", locale="en")
    changed = accounts.update(user=user, actor=SYSTEM, name="Ada L.")

    assert (changed.username, changed.locale, changed.name) == ("ada", "en", "Ada L.")
    assert changed.updated_at is not None
    accounts.update(user=user, actor=SYSTEM, name="Ada L.")
    assert recorded(tenant) == ["user.created", "user.updated"]


def test_a_new_address_is_unverified(tenant: Tenant) -> None:
    """Contract 2.7: the new address becomes unverified; another spelling of it does not."""
    user = a_user(tenant, email="ada@example.com")

    same = accounts.update(user=user, actor=SYSTEM, email="ADA@example.com")
    assert same.is_verified
    moved = accounts.update(user=user, actor=SYSTEM, email="new@example.com")
    assert not moved.is_verified
    told = accounts.update(user=user, actor=SYSTEM, email="newer@example.com", is_verified=True)
    assert told.is_verified


def test_names_that_were_given_up_are_free(tenant: Tenant) -> None:
    """Only user ids are never given again."""
    user = a_user(tenant, "ada", email="ada@example.com")
    accounts.update(user=user, actor=SYSTEM, username="countess", email="c@example.com")
    other = a_user(tenant, "ada", email="ada@example.com")

    assert identifiers.find(tenant=tenant, text="ada") == other
    assert identifiers.find(tenant=tenant, text="Countess") == user


def test_the_two_names_of_one_person_may_be_swapped(tenant: Tenant) -> None:
    """A person's own name and address do not conflict with one another."""
    user = a_user(tenant, "a@example.com", email="b@example.com")
    swapped = accounts.update(
        user=user, actor=SYSTEM, username="b@example.com", email="a@example.com"
    )

    assert swapped.username == "b@example.com"
    assert identifiers.find(tenant=tenant, text="a@example.com") == user


def test_a_taken_name_is_a_conflict_for_a_change_too(tenant: Tenant) -> None:
    """And the person stays as they were."""
    a_user(tenant, "ada", email="ada@example.com")
    user = a_user(tenant, "bob", email="bob@example.com")

    for changes, field in (
        ({"username": "ADA"}, "username"),
        ({"email": "Ada@example.com"}, "email"),
        ({"username": "ada@example.com"}, "username"),
    ):
        with pytest.raises(Conflict) as refusal:
            accounts.update(user=user, actor=SYSTEM, **changes)  # type: ignore[arg-type]
        assert refusal.value.field == field
    assert identifiers.find(tenant=tenant, text="bob") == user


class Ear:
    """Hears signals while a test runs."""

    def __init__(self) -> None:
        self.heard: list[tuple[Signal, dict[str, Any]]] = []

    def __call__(self, *, signal: Signal, **facts: Any) -> None:
        self.heard.append((signal, facts))

    def count(self, signal: Signal) -> int:
        return sum(heard is signal for heard, _ in self.heard)


@pytest.fixture
def ear() -> Any:
    listening = Ear()
    everything = [value for value in vars(signals).values() if isinstance(value, Signal)]
    for signal in everything:
        signal.connect(listening)
    yield listening
    for signal in everything:
        signal.disconnect(listening)


def test_news_of_a_person_is_sent_once(tenant: Tenant, ear: Ear) -> None:
    """architecture: news travels up as a signal."""
    user = a_user(tenant, is_verified=False)
    accounts.mark_verified(user=user, actor=SYSTEM)
    accounts.mark_verified(user=user, actor=SYSTEM)
    accounts.deactivate(user=user, actor=SYSTEM)
    accounts.deactivate(user=user, actor=SYSTEM)
    accounts.reactivate(user=user, actor=SYSTEM)
    accounts.update(user=user, actor=SYSTEM, roles=["auditor"], is_disabled=True)
    accounts.update(user=user, actor=SYSTEM, email="new@example.com")
    accounts.delete(user=user, actor=SYSTEM)

    assert ear.count(signals.user_created) == 1
    assert ear.count(signals.user_verified) == 1
    assert ear.count(signals.user_deactivated) == 2
    assert ear.count(signals.user_reactivated) == 1
    assert ear.count(signals.user_roles_changed) == 1
    assert ear.count(signals.user_email_changed) == 1
    assert ear.count(signals.user_deleted) == 1
    assert recorded(tenant) == [
        "user.created",
        "user.verified",
        "user.deactivated",
        "user.reactivated",
        "user.updated",
        "user.updated",
        "user.deleted",
    ]


def test_an_id_is_never_given_again(tenant: Tenant) -> None:
    """Contract 2.7: tombstone, 409. JW13: another person has another sub."""
    user = a_user(tenant, "ada", public_id="u-1")
    accounts.delete(user=user, actor=SYSTEM)

    with pytest.raises(Conflict) as refusal:
        a_user(tenant, "ada", public_id="u-1")
    assert refusal.value.field == "public_id"
    assert a_user(tenant, "ada").pk != user.pk
    assert a_user(a_tenant(), "ada", public_id="u-1")


@pytest.mark.django_db(transaction=True)
def test_an_id_is_not_given_again_while_its_bearer_is_being_deleted() -> None:
    """Contract 2.7, at the same moment: either still taken or a tombstone, never free."""
    tenant = a_tenant()
    for number in range(10):
        public_id = f"u-{number}"
        user = a_user(tenant, f"old-{number}", public_id=public_id)
        work: list[Callable[[], Any]] = [
            partial(accounts.delete, user=user, actor=SYSTEM),
            partial(a_user, tenant, f"new-{number}", public_id=public_id),
        ]
        answers = at_once(work)
        assert answers[0] is None
        assert isinstance(answers[1], Conflict)


def test_what_is_a_persons_own_goes_with_them(tenant: Tenant) -> None:
    """Deleting is by statement: the database cascades."""
    user, other = a_user(tenant), a_user(tenant)
    group = a_group(tenant, "Staff", user, other)
    accounts.delete(user=user, actor=SYSTEM)

    with tenant_scope(tenant.id):
        assert list(Membership.objects.values_list("user_id", flat=True)) == [other.pk]
        assert not Identifier.objects.filter(user_id=user.pk).exists()
        assert UsedUserId.objects.get().public_id == user.public_id
    for command in (accounts.delete, accounts.deactivate, accounts.mark_verified):
        with pytest.raises(NotFound):
            command(user=user, actor=SYSTEM)
    with pytest.raises(Invalid):
        groups.add_members(group=group, members=[user], actor=SYSTEM)
