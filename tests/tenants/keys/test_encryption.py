"""Encryption keys: named for 90 days, opening for a day longer, then destroyed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.cipher import CannotOpen
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.keys import encryption, encryption_rotation, hpke
from tenants.keys.base64url import decoded
from tenants.keys.encryption import OpeningKey
from tenants.keys.models import EncryptionKey
from tenants.registry.models import Tenant
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once

pytestmark = pytest.mark.django_db

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tenant(clock: time_machine.Traveller) -> Tenant:
    return a_tenant()


def named(tenant: Tenant) -> OpeningKey:
    return encryption.of(tenant.id).named_at(timezone.now())


def published(tenant: Tenant) -> list[str]:
    return [jwk["kid"] for jwk in encryption.published(tenant.id)]


def opens(tenant: Tenant, key: OpeningKey) -> bool:
    found = encryption.of(tenant.id).find(key.hash[:8], timezone.now())
    sealed = hpke.seal(b"proof", public=key.public, info=b"for you")
    return found is not None and found.open_sealed(sealed, b"for you") == b"proof"


def test_a_tenant_has_a_key_from_its_first_moment(tenant: Tenant) -> None:
    """protocol §5: published as an OKP JWK whose kid begins its key's hash."""
    (jwk,) = encryption.published(tenant.id)
    raw = decoded(jwk["x"])

    assert jwk.keys() == {"kty", "crv", "use", "kid", "x"}
    assert (jwk["kty"], jwk["crv"], jwk["use"]) == ("OKP", "X25519", "enc")
    assert decoded(jwk["kid"]) == sha256(raw).digest()[:8] == named(tenant).hash[:8]
    assert opens(tenant, named(tenant))


def test_a_key_lives_through_its_life_by_the_job_alone(
    tenant: Tenant, clock: time_machine.Traveller
) -> None:
    """protocol §5: "Rotate every 90 days; a retired key keeps opening for 24 h, then is
    destroyed". Pages may know a key before a challenge names it."""
    first = named(tenant)
    turn = BEGIN + encryption_rotation.NAMED_FOR

    clock.move_to(turn - encryption_rotation.PUBLISHED_AHEAD - MINUTE)
    assert encryption_rotation.run_due() == 0

    clock.move_to(turn - encryption_rotation.PUBLISHED_AHEAD)
    assert encryption_rotation.run_due() == 1
    second, held = published(tenant)
    assert held == first.row.kid
    assert named(tenant).row.kid == held
    assert encryption_rotation.run_due() == 0

    clock.move_to(turn)
    assert named(tenant).row.kid == second
    assert opens(tenant, first)

    clock.move_to(turn + encryption.OPENS_FOR)
    # Not the job decides, but the time.
    assert not opens(tenant, first)
    assert published(tenant) == [second]
    assert encryption_rotation.run_due() == 1
    with tenant_scope(tenant.id):
        assert [key.kid for key in EncryptionKey.objects.filter(tenant=tenant)] == [second]


def test_a_job_that_slept_for_years_leaves_no_gap(
    tenant: Tenant, clock: time_machine.Traveller
) -> None:
    """RC09: the old key is named until pages can know the next one."""
    first = named(tenant)
    clock.move_to(BEGIN + timedelta(days=1_000))

    assert encryption_rotation.run_due() == 1
    assert named(tenant).row.kid == first.row.kid
    clock.shift(encryption_rotation.PUBLISHED_AHEAD)
    assert named(tenant).row.kid != first.row.kid
    assert opens(tenant, first)


def test_a_planned_rotation_is_made_once(tenant: Tenant) -> None:
    """Who asks twice gets the key that waits."""
    following = encryption_rotation.rotate(tenant=tenant, actor=SYSTEM)

    assert encryption_rotation.rotate(tenant=tenant, actor=SYSTEM).kid == following.kid
    assert len(published(tenant)) == 2


def test_a_compromised_key_opens_nothing_any_more(tenant: Tenant) -> None:
    """protocol §8: a tenant's key and a capture test guesses; it is replaced at once."""
    stolen = named(tenant)
    key = encryption_rotation.rotate(tenant=tenant, actor=SYSTEM, is_compromised=True)

    assert not opens(tenant, stolen)
    assert published(tenant) == [named(tenant).row.kid] == [key.kid]


def test_private_parts_are_sealed_in_their_own_place(tenant: Tenant) -> None:
    """protocol §5: "private part encrypted at rest"; a row copied to another tenant is none."""
    key, other = named(tenant), a_tenant()
    assert key._private.private_bytes_raw() not in key.row.private_sealed.encode()
    key.row.tenant_id = other.id

    with pytest.raises(CannotOpen):
        OpeningKey(key.row).open_sealed(bytes(100), b"")


def test_each_change_is_remembered(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """One event per command, without anything secret."""
    encryption_rotation.rotate(tenant=tenant, actor=SYSTEM)
    with platform_scope():
        events = Event.objects.filter(tenant_id=tenant.id, type__startswith="encryption_key")

        assert sorted(event.type for event in events) == [
            "encryption_key.created",
            "encryption_key.rotated",
        ]


def test_the_command_rotates_one_tenant(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """Operators need no console for it."""
    first, out = named(tenant), StringIO()
    call_command("rotate_encryption_keys", tenant=tenant.slug, compromised=True, stdout=out)
    assert named(tenant).row.kid != first.row.kid
    assert named(tenant).row.kid in out.getvalue()
    clock.shift(timedelta(days=91))
    call_command("rotate_encryption_keys", stdout=out)
    assert "1 tenants' keys moved on" in out.getvalue()

    with pytest.raises(CommandError):
        call_command("rotate_encryption_keys", tenant="nobody")
    with pytest.raises(CommandError):
        call_command("rotate_encryption_keys", compromised=True)


@pytest.mark.django_db(transaction=True)
def test_ten_rotations_at_once_make_one_key(clock: time_machine.Traveller) -> None:
    """RC09: one key follows, whoever asks."""
    tenant = a_tenant()
    made = at_once([lambda: encryption_rotation.rotate(tenant=tenant, actor=SYSTEM)] * 10)

    assert len({key.kid for key in made if isinstance(key, EncryptionKey)}) == 1
    assert len(published(tenant)) == 2
