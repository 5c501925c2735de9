"""Rotation: next → active → retired → gone, nothing skipped, nothing twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import orjson
import pytest
import time_machine
from django.core.management import CommandError, call_command

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.keys import jwks, ring, rotation, signing
from tenants.keys.models import KeyState, SigningKey
from tenants.registry.models import Tenant
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tenant(clock: time_machine.Traveller) -> Tenant:
    return a_tenant()


def states(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.id):
        return dict(SigningKey.objects.filter(tenant=tenant).values_list("kid", "state"))


def active(tenant: Tenant) -> str:
    return ring.of(tenant.id).active["EdDSA"].kid


def published(tenant: Tenant) -> set[str]:
    return {key["kid"] for key in orjson.loads(jwks.document(tenant.id).body)["keys"]}


def token(tenant: Tenant) -> str:
    return signing.sign(tenant_id=tenant.id, algorithm="EdDSA", typ="JWT", claims={})


def is_accepted(tenant: Tenant, value: str) -> bool:
    return signing.verify(tenant_id=tenant.id, token=value, typ="JWT") == {}


def test_a_key_lives_through_its_four_states(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """Issue 2, 5: next → active → retired → gone, driven by the periodic job alone."""
    first = active(tenant)
    of_first = token(tenant)

    clock.move_to(BEGIN + rotation.ACTIVE_FOR - rotation.PUBLISHED_AHEAD - HOUR)
    assert rotation.run_due() == 0

    clock.move_to(BEGIN + rotation.ACTIVE_FOR - rotation.PUBLISHED_AHEAD)
    assert rotation.run_due() == 1
    (second,) = published(tenant) - {first}
    assert active(tenant) == first
    assert states(tenant)[second] == KeyState.NEXT

    clock.move_to(BEGIN + rotation.ACTIVE_FOR - HOUR)
    assert rotation.run_due() == 0

    taken_over = BEGIN + rotation.ACTIVE_FOR
    clock.move_to(taken_over)
    assert rotation.run_due() == 1
    assert active(tenant) == second
    assert states(tenant)[first] == KeyState.RETIRED
    assert is_accepted(tenant, of_first)

    clock.move_to(taken_over + rotation.RETIRED_FOR)
    assert rotation.run_due() == 1
    assert states(tenant)[first] == KeyState.GONE
    assert published(tenant) == {second}
    assert not is_accepted(tenant, of_first)


def test_a_worker_that_slept_for_years_leaves_no_gap(
    tenant: Tenant, clock: time_machine.Traveller
) -> None:
    """RC09: no gap. The old key signs until the next was published long enough."""
    first = active(tenant)
    clock.move_to(BEGIN + timedelta(days=1_000))

    assert rotation.run_due() == 1
    assert active(tenant) == first
    assert rotation.run_due() == 0

    clock.shift(rotation.PUBLISHED_AHEAD)
    assert rotation.run_due() == 1
    assert active(tenant) != first


def test_the_private_part_goes_when_a_key_stops_signing(tenant: Tenant) -> None:
    """What is not there cannot be stolen."""
    first = active(tenant)
    rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM, is_immediate=True)

    with tenant_scope(tenant.id):
        assert SigningKey.objects.get(kid=first).private_sealed == ""


def test_a_planned_rotation_signs_only_after_the_key_was_published(
    tenant: Tenant, clock: time_machine.Traveller
) -> None:
    """Issue 2, 5: published at least as long as the JWK Set may be kept."""
    first = active(tenant)
    following = rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM)
    again = rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM)

    assert again.kid == following.kid
    assert published(tenant) == {first, following.kid}
    clock.shift(rotation.PUBLISHED_AHEAD - HOUR)
    rotation.run_due()
    assert active(tenant) == first
    clock.shift(HOUR)
    rotation.run_due()
    assert active(tenant) == following.kid


def test_an_immediate_rotation_takes_the_key_that_waits(tenant: Tenant) -> None:
    """A key that parties know already is better than one they have never seen."""
    waiting = rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM)
    taken = rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM, is_immediate=True)

    assert taken.kid == waiting.kid == active(tenant)


def test_a_compromised_key_is_gone_at_once(tenant: Tenant) -> None:
    """What it signed, and what a thief signs with it, is refused from now on."""
    stolen, value = active(tenant), token(tenant)
    rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM, is_compromised=True)

    assert states(tenant)[stolen] == KeyState.GONE
    assert not is_accepted(tenant, value)


def test_who_saw_another_key_active_changes_nothing(tenant: Tenant) -> None:
    """RC09: of two who want the same rotation the second finds it done."""
    seen = active(tenant)
    wish = {"tenant": tenant, "algorithm": "EdDSA", "actor": SYSTEM, "is_immediate": True}
    taken = rotation.rotate(**wish, replaces=seen)  # type: ignore[arg-type]

    assert rotation.rotate(**wish, replaces=seen).kid == taken.kid  # type: ignore[arg-type]
    assert len(states(tenant)) == 2


def test_each_rotation_leaves_one_event_and_no_rotation_none(tenant: Tenant) -> None:
    """architecture: exactly one audit row per successful command."""

    def events() -> int:
        with tenant_scope(tenant.id):
            return Event.objects.filter(type="signing_key.rotated").count()

    rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM)
    rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM)
    assert events() == 1
    rotation.run_due()
    assert events() == 1
    rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM, is_immediate=True)
    assert events() == 2


@pytest.mark.django_db(transaction=True)
def test_rc09_ten_rotations_at_once_make_one_new_key() -> None:
    """RC09: 10 parallel: exactly 1 new active key; no gap."""
    tenant = a_tenant()
    seen = active(tenant)

    def rotate() -> str:
        return rotation.rotate(
            tenant=tenant, algorithm="EdDSA", actor=SYSTEM, is_immediate=True, replaces=seen
        ).kid

    taken = at_once([rotate] * 10)

    assert len(set(taken)) == 1
    assert sorted(states(tenant).values()) == [KeyState.ACTIVE, KeyState.RETIRED]
    assert active(tenant) == taken[0] != seen


@pytest.mark.django_db(transaction=True)
def test_rc09_ten_workers_at_once_take_each_step_once() -> None:
    """RC09: the periodic job in ten processes."""
    with time_machine.travel(BEGIN, tick=False) as clock:
        tenant = a_tenant()
        clock.shift(rotation.ACTIVE_FOR)
        at_once([rotation.run_due] * 10)
        assert sorted(states(tenant).values()) == [KeyState.ACTIVE, KeyState.NEXT]
        clock.shift(rotation.PUBLISHED_AHEAD)
        at_once([rotation.run_due] * 10)

    assert sorted(states(tenant).values()) == [KeyState.ACTIVE, KeyState.RETIRED]


@pytest.mark.django_db(transaction=True)
def test_ten_first_clients_at_once_make_one_key() -> None:
    """Issue 2, 5: the key of an algorithm is made with the first client that wants it."""
    tenant = a_tenant()

    def ensure() -> str:
        return rotation.ensure(tenant=tenant, algorithm="ES256", actor=SYSTEM).kid

    assert len(set(at_once([ensure] * 10))) == 1


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_takes_what_is_due(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """`manage.py rotate_keys` without arguments."""
    assert run() == "0 key rings moved on\n"
    clock.shift(rotation.ACTIVE_FOR)
    assert run() == "1 key rings moved on\n"


def test_the_command_replaces_one_tenants_keys(tenant: Tenant) -> None:
    """`manage.py rotate_keys --tenant … --now`: the tenant's, and no other's."""
    other = a_tenant()
    before, untouched = active(tenant), active(other)
    printed = run("--tenant", tenant.slug, "--now")

    assert active(tenant) != before
    assert printed == f"EdDSA: {active(tenant)} is active (was {before})\n"
    assert active(other) == untouched


@pytest.mark.parametrize(
    "arguments",
    [
        ("--now",),
        ("--compromised",),
        ("--algorithm", "EdDSA"),
        ("--tenant", "nobody"),
        ("--tenant", "TENANT", "--algorithm", "RS256"),
    ],
    ids=str,
)
def test_the_command_refuses_what_makes_no_sense(tenant: Tenant, arguments: Any) -> None:
    """A mistyped emergency rotation must not look like a done one."""
    with pytest.raises(CommandError):
        run(*[tenant.slug if word == "TENANT" else word for word in arguments])
