"""Challenges: once, 120 s, alike for everybody, and nobody fills a table with them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from authn.authenticators.models import PageKey, SpentChallenge
from authn.authenticators.zkp import challenges
from authn.authenticators.zkp.transcript import Challenge
from identity.kernel.actors import Origin
from identity.kernel.errors import Invalid
from identity.tenancy.scope import tenant_scope
from tenants.keys import encryption
from tenants.registry.models import Tenant
from tests.builders.pictures import HERE, ORIGIN, a_page, asked, exchange_of
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import ImageClient, b64u, raw_of

pytestmark = pytest.mark.django_db

REQUEST = "an-authorization-request"


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def consumed(tenant: Tenant, page: ImageClient, **bent: Any) -> Challenge | None:
    exchange = bent.pop("exchange", exchange_of(page))
    values: dict[str, Any] = {
        "challenge_id": page.challenge_id,
        "key_hash": page.server_key_hash,
        "cipher_key": raw_of(page.cipher_key),
    } | bent
    with tenant_scope(tenant.id):
        return challenges.consume(tenant=tenant, exchange=exchange, **values)


def kept(tenant: Tenant) -> tuple[int, int]:
    """Rows of page keys and of spent challenges."""
    with tenant_scope(tenant.id):
        return PageKey.objects.count(), SpentChallenge.objects.count()


def test_a_challenge_works_once(tenant: Tenant) -> None:
    """ZK02: "single use"; the server finds the nonce that the page was told."""
    page = asked(tenant, a_page(tenant, "ada", auth_req_id=REQUEST))
    challenge = consumed(tenant, page)

    assert challenge is not None
    assert challenge.nonce == page.nonce
    assert page.ttl_seconds == 120
    assert consumed(tenant, page) is None


def test_two_challenges_share_nothing(tenant: Tenant) -> None:
    """ZK02: "fresh server nonce"; a stable one would be the oracle (contract 2.5)."""
    one, two = (asked(tenant, a_page(tenant, "ada")) for _ in range(2))

    assert one.challenge_id != two.challenge_id
    assert one.nonce != two.nonce


def test_a_challenge_ends_after_two_minutes(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """protocol §5: expires_at 120 s, tested at use."""
    early, late = (asked(tenant, a_page(tenant, "ada")) for _ in range(2))
    clock.shift(timedelta(seconds=118))
    assert consumed(tenant, early) is not None
    clock.shift(timedelta(seconds=2))
    assert consumed(tenant, late) is None


@pytest.mark.parametrize(
    "bent",
    [
        {"username": "bob"},
        {"origin": "https://evil.test"},
        {"auth_req_id": "another"},
        {"tenant_id": "another"},
    ],
    ids=lambda bent: next(iter(bent)),
)
def test_a_challenge_is_for_one_name_place_and_request(
    tenant: Tenant, bent: dict[str, str]
) -> None:
    """ZK07; protocol §6, step 4: tenant, user name, request and origin."""
    page = asked(tenant, a_page(tenant, "ada", auth_req_id=REQUEST))

    assert consumed(tenant, page, exchange=exchange_of(page, **bent)) is None
    assert consumed(tenant, page, exchange=exchange_of(page)) is not None


def test_a_challenge_is_for_one_tenant(tenant: Tenant) -> None:
    """ZK07: start at T1, finish at T2."""
    other = a_tenant()
    page = asked(tenant, a_page(tenant, "ada"))

    assert consumed(other, page) is None


def test_a_challenge_is_for_one_page_and_one_server_key(tenant: Tenant) -> None:
    """protocol §6, step 4: cipherKey; §3: the server's key."""
    page = asked(tenant, a_page(tenant, "ada"))

    assert consumed(tenant, page, cipher_key=bytes(32)) is None
    assert consumed(tenant, page, key_hash=bytes(32)) is None
    assert consumed(tenant, page) is not None


def test_a_forged_id_is_seen_before_anything_is_written(tenant: Tenant) -> None:
    """A stranger's made-up ids fill no table."""
    page = asked(tenant, a_page(tenant, "ada", auth_req_id=REQUEST))
    later = (int.from_bytes(page.challenge_id[:4], "big") + 1).to_bytes(4, "big")
    for forged in (
        later + page.challenge_id[4:],
        page.challenge_id[:8] + bytes(8),
        b"\xff" * 16,
        bytes(16),
    ):
        assert consumed(tenant, page, challenge_id=forged) is None
        assert consumed(tenant, page, challenge_id=forged, cipher_key=None) is None

    assert kept(tenant) == (0, 0)


def test_asking_within_a_request_leaves_no_row(tenant: Tenant) -> None:
    """Issue 3: "Strangers' challenges must not flood a table": only the use is stored."""
    page = asked(tenant, a_page(tenant, "ada", auth_req_id=REQUEST))

    assert kept(tenant) == (0, 0)
    consumed(tenant, page)
    assert kept(tenant) == (0, 1)


def test_forms_without_the_pages_key_find_it_kept(tenant: Tenant) -> None:
    """protocol §4.3: "cipherKey is not repeated in these forms: the server uses the stored
    challenge's"."""
    page = asked(tenant, a_page(tenant, "ada"))
    challenge = consumed(tenant, page, cipher_key=None)

    assert challenge is not None
    assert challenge.cipher_key == raw_of(page.cipher_key)
    assert challenge.nonce == page.nonce
    assert consumed(tenant, page, cipher_key=None) is None
    assert consumed(tenant, page) is None


def test_a_challenge_used_to_sign_in_sets_no_commitment(tenant: Tenant) -> None:
    """ZK07: two uses of one challenge, whatever forms they come in."""
    page = asked(tenant, a_page(tenant, "ada"))

    assert consumed(tenant, page) is not None
    assert consumed(tenant, page, cipher_key=None) is None


def test_a_request_of_a_tenant_with_registration_keeps_the_key() -> None:
    """protocol §4.4: register comes within a request too."""
    tenant = a_tenant(register_enable=True)
    page = asked(tenant, a_page(tenant, "ada", auth_req_id=REQUEST))

    assert consumed(tenant, page, cipher_key=None) is not None


def test_one_address_keeps_a_bounded_number_of_keys(
    tenant: Tenant, clock: time_machine.Traveller
) -> None:
    """A flood from one place spoils only that place's forms, and no sign-in at all."""
    for _ in range(challenges.KEPT_PER_ADDRESS + 3):
        page = asked(tenant, a_page(tenant, "ada"))
    elsewhere = asked(tenant, a_page(tenant, "ada"), Origin(ip="198.51.100.9"))

    assert kept(tenant)[0] == challenges.KEPT_PER_ADDRESS + 1
    assert consumed(tenant, page, cipher_key=None) is None
    assert consumed(tenant, page) is not None
    assert consumed(tenant, elsewhere, cipher_key=None) is not None
    clock.shift(timedelta(seconds=121))
    again = asked(tenant, a_page(tenant, "ada"))
    assert consumed(tenant, again, cipher_key=None) is not None


def test_one_network_of_six_is_one_address(tenant: Tenant) -> None:
    """BF05: 1 000 addresses in one /64 are one bucket."""
    for number in range(challenges.KEPT_PER_ADDRESS + 3):
        asked(tenant, a_page(tenant, "ada"), Origin(ip=f"2001:db8::{number:x}"))

    assert kept(tenant)[0] == challenges.KEPT_PER_ADDRESS


@pytest.mark.parametrize("public", [bytes(32), b"\x01" + bytes(31)])
def test_a_degenerate_page_key_is_refused(tenant: Tenant, public: bytes) -> None:
    """ZK05: nothing is sealed to a point of small order."""
    with tenant_scope(tenant.id), pytest.raises(Invalid) as refusal:
        challenges.issue(
            tenant=tenant,
            exchange=exchange_of(a_page(tenant, "ada")),
            cipher_key=public,
            origin=HERE,
        )
    assert refusal.value.field == "cipherKey"


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "="])
def test_a_page_key_of_wrong_form_is_refused(text: str) -> None:
    """protocol §4.1: 43 characters, canonical."""
    with pytest.raises(Invalid):
        challenges.require_cipher_key(text)
    assert challenges.require_cipher_key(b64u(b"k" * 32)) == b"k" * 32


def test_challenges_name_the_tenants_newest_active_key(tenant: Tenant) -> None:
    """protocol §4.1: the page compares the hash with the published set."""
    page = asked(tenant, a_page(tenant, "ada"))
    (jwk,) = encryption.published(tenant.id)

    assert page.server_key_hash == encryption.hash_of(raw_of(jwk["x"]))
    assert page.origin == ORIGIN


def test_what_is_over_is_cleared_away(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """protocol §5: "Purged after 10 min"."""
    consumed(tenant, asked(tenant, a_page(tenant, "ada")))
    clock.shift(timedelta(minutes=11))
    challenges.prune()
    assert kept(tenant) == (1, 1)
    clock.shift(timedelta(minutes=2))
    fresh = asked(tenant, a_page(tenant, "ada"))
    challenges.prune()
    assert kept(tenant) == (1, 0)
    assert consumed(tenant, fresh) is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_repeated", [True, False])
def test_fifty_at_once_use_a_challenge_once(is_repeated: bool) -> None:
    """ZK02, ZK06: one conditional write decides, in both sorts of forms."""
    tenant = a_tenant()
    page = asked(tenant, a_page(tenant, "ada"))
    bent = {} if is_repeated else {"cipher_key": None}
    found = at_once([lambda: consumed(tenant, page, **bent)] * 50)

    assert sum(challenge is not None for challenge in found) == 1
