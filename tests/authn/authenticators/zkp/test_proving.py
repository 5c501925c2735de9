"""Proving: both secrets, bound to everything, counted on whom they should be."""

from dataclasses import replace
from typing import Any

import pytest
from django.core import mail as outgoing

from authn.authenticators.models import VisualSecret
from authn.authenticators.zkp import proving
from authn.authenticators.zkp.factors import Factors
from authn.authenticators.zkp.proving import Proved, Refused
from authn.authenticators.zkp.transcript import Purpose
from authn.blocking.guard import Stopped
from authn.blocking.models import Block, FailureCount
from identity.kernel.actors import SYSTEM, Origin
from identity.kernel.errors import Invalid
from identity.outbox import relay
from identity.tenancy.scope import tenant_scope
from tenants.keys import encryption_rotation
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User
from tests.builders.people import a_user
from tests.builders.pictures import (
    a_page,
    asked,
    enrolled,
    exchange_of,
    judged,
    server_key,
)
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import (
    LOGIN,
    UPDATE_EMAIL,
    ImageClient,
    b64u,
    lp,
    quickly,
    raw_of,
)

pytestmark = pytest.mark.django_db

# Addresses forgive nothing, people three tries: what is counted on whom shows at once.
GENEROUS = {"ip_attempts_limit": 1_000, "user_attempts_limit": 3}
WRONG_PIN = quickly("ada", "000000")
WRONG_PICTURE = quickly("another picture")


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant(block=GENEROUS)


@pytest.fixture
def ada(tenant: Tenant) -> User:
    user = a_user(tenant, "ada")
    enrolled(tenant, user, quickly("ada"))
    return user


def tried(
    tenant: Tenant, user: User | None, secrets: Any = None, *, name: str = "ada", **more: Any
) -> proving.Verdict:
    """One whole try, from a fresh page."""
    page = asked(tenant, a_page(tenant, name, secrets or quickly("ada")))
    return judged(tenant, user, page, **more)


def test_the_right_picture_and_pin_prove(tenant: Tenant, ada: User) -> None:
    """protocol §6, step 6: accept iff both proofs hold."""
    verdict = tried(tenant, ada)

    assert verdict == Proved(Factors(pin_size=6, pattern_size=3))
    assert isinstance(verdict, Proved)
    assert verdict.factors.amr == ("swk", "pin")


def test_a_picture_is_one_factor_and_never_two() -> None:
    """ZK12: one factor of kind possession (`swk`, `pin` as activation)."""
    assert Factors(0, 0).amr == ("swk",)
    assert Factors(4, 0).amr == Factors(0, 3).amr == ("swk", "pin")
    assert Factors(6, 3).descriptor() == b"\x03\x06\x03"
    assert Factors(4, 0).descriptor() == b"\x01\x04\x00"
    assert Factors(0, 4).descriptor() == b"\x02\x00\x04"


def test_refusals_tell_the_audit_trail_why(tenant: Tenant, ada: User) -> None:
    """protocol §6: the true reason only to the audit log; the split of §7 to the caller."""
    bare = a_user(tenant, "bare")
    assert tried(tenant, ada, WRONG_PIN) == Refused("wrong_pin_or_pattern", has_picture=True)
    assert tried(tenant, ada, WRONG_PICTURE) == Refused("wrong_picture")
    assert tried(tenant, None, name="nobody") == Refused("unknown_user")
    assert tried(tenant, bare, name="bare") == Refused("not_enrolled")
    accounts.deactivate(user=ada, actor=SYSTEM)
    with tenant_scope(tenant.id):
        ada.refresh_from_db()
    assert tried(tenant, ada) == Refused("user_disabled", has_picture=True)


def test_a_transcript_replayed_is_refused(tenant: Tenant, ada: User) -> None:
    """ZK02: resend whole."""
    page = asked(tenant, a_page(tenant, "ada"))
    answer = page.answer(server_key(tenant))

    assert isinstance(judged(tenant, ada, page, answer), Proved)
    assert judged(tenant, ada, page, answer) == Refused("stale_challenge")


def test_parts_of_a_transcript_are_refused_in_another(tenant: Tenant, ada: User) -> None:
    """ZK02: resend parts: proofs of one challenge do not answer another."""
    page = asked(tenant, a_page(tenant, "ada"))
    old = page.proofs(LOGIN)
    asked(tenant, page)

    verdict = judged(tenant, ada, page, page.answer_with(server_key(tenant), LOGIN, old))
    assert verdict == Refused("wrong_picture")


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose != Purpose.LOGIN])
def test_a_proof_for_another_purpose_does_not_sign_in(
    tenant: Tenant, ada: User, purpose: Purpose
) -> None:
    """protocol §3: the purpose byte; ZK07 order abuse."""
    sealed_so = asked(tenant, a_page(tenant, "ada"))
    answer = sealed_so.answer(server_key(tenant), purpose)
    assert judged(tenant, ada, sealed_so, answer) == Refused("unreadable")

    proved_so = asked(tenant, a_page(tenant, "ada"))
    proofs = proved_so.proofs(purpose)
    answer = proved_so.answer_with(server_key(tenant), LOGIN, proofs)
    assert judged(tenant, ada, proved_so, answer) == Refused("wrong_picture")


@pytest.mark.parametrize(
    ("field", "bent"),
    [("username", "bob"), ("origin", "https://evil.test"), ("auth_req_id", "another")],
)
def test_an_answer_for_elsewhere_is_refused(
    tenant: Tenant, ada: User, field: str, bent: str
) -> None:
    """protocol §8, relay: the server rebuilds the statement with its own view of the request."""
    page = asked(tenant, a_page(tenant, "ada"))
    elsewhere = exchange_of(page, **{field: bent})
    assert judged(tenant, ada, page, exchange=elsewhere) == Refused("stale_challenge")

    # And where only the proof names another place, it does not hold.
    page = asked(tenant, a_page(tenant, "ada"))
    other = replace(page)
    setattr(other, field, bent)
    proofs = other.proofs(LOGIN)
    answer = page.answer_with(server_key(tenant), LOGIN, proofs)
    assert judged(tenant, ada, page, answer) == Refused("wrong_picture")


def test_another_persons_secrets_do_not_prove(tenant: Tenant, ada: User) -> None:
    """ZK07: start U1, finish U2."""
    bob = a_user(tenant, "bob")
    enrolled(tenant, bob, quickly("bob"))
    page = asked(tenant, a_page(tenant, "ada", quickly("bob")))

    assert judged(tenant, ada, page) == Refused("wrong_picture")


def test_the_same_person_in_another_tenant_proves_nothing_here(ada: User, tenant: Tenant) -> None:
    """ZK07: finish at T2; the keys are another tenant's."""
    other = a_tenant()
    page = asked(tenant, a_page(tenant, "ada"))

    assert judged(other, None, page, page.answer(server_key(tenant))) == Refused("unknown_key")


def test_an_email_change_is_proved_for_its_address(tenant: Tenant, ada: User) -> None:
    """protocol §3: purpose 6 states the new e-mail; §4.2: its form does not repeat cipherKey."""
    for typed, expected in (("new@acme.test", Proved), ("other@acme.test", Refused)):
        page = asked(tenant, a_page(tenant, "ada"))
        answer = page.answer(server_key(tenant), UPDATE_EMAIL, new_email="new@acme.test")
        verdict = judged(
            tenant,
            ada,
            page,
            answer,
            cipher_key=None,
            purpose=Purpose.UPDATE_EMAIL,
            extra=lp(typed),
        )
        assert isinstance(verdict, expected)


@pytest.mark.parametrize("place", ["possession", "knowledge"])
@pytest.mark.parametrize("byte", [0, 31, 32, 63])
def test_one_changed_bit_of_a_proof_is_refused(
    tenant: Tenant, ada: User, place: str, byte: int
) -> None:
    """ZK05: every part of both proofs matters."""
    page = asked(tenant, a_page(tenant, "ada"))
    proofs = bytearray(page.proofs(LOGIN))
    proofs[byte + (64 if place == "knowledge" else 0)] ^= 1
    answer = page.answer_with(server_key(tenant), LOGIN, bytes(proofs))

    assert isinstance(judged(tenant, ada, page, answer), Refused)


@pytest.mark.parametrize("byte", [0, 1, 8, 9, 40, 41, 150, 186])
def test_one_changed_bit_of_a_sealed_answer_is_refused(
    tenant: Tenant, ada: User, byte: int
) -> None:
    """ZK05: version, key id, encapsulated key, text and tag."""
    page = asked(tenant, a_page(tenant, "ada"))
    raw = bytearray(raw_of(page.answer(server_key(tenant))))
    raw[byte] ^= 1

    assert isinstance(judged(tenant, ada, page, b64u(bytes(raw))), Refused)


def test_fields_of_wrong_form_are_named(tenant: Tenant) -> None:
    """protocol §6, step 1: 422 for the form alone."""
    page = asked(tenant, a_page(tenant, "ada"))
    right = {
        "challenge_id": b64u(page.challenge_id),
        "challenge_data": page.answer(server_key(tenant)),
        "cipher_key": page.cipher_key,
    }
    wire = {"cipher_key": "cipherKey"}
    for name, value in right.items():
        for bent in ("", value[:-1], value + "A", value[:-1] + "=", value[:-2] + "+/"):
            with pytest.raises(Invalid) as refusal:
                proving.read(**(right | {name: bent}))
            assert refusal.value.field == wire.get(name, name)


def test_a_key_that_was_destroyed_opens_nothing(tenant: Tenant, ada: User) -> None:
    """protocol §8: a compromised tenant key."""
    page = asked(tenant, a_page(tenant, "ada"))
    answer = page.answer(server_key(tenant))
    encryption_rotation.rotate(tenant=tenant, actor=SYSTEM, is_compromised=True)

    assert judged(tenant, ada, page, answer) == Refused("unknown_key")


def test_a_row_copied_to_another_person_proves_nothing(tenant: Tenant, ada: User) -> None:
    """ZK16, verifier swap: the aad names tenant and person; refused, not a 500."""
    bob = a_user(tenant, "bob")
    enrolled(tenant, bob, quickly("bob"))
    with tenant_scope(tenant.id):
        stolen = VisualSecret.objects.get(user=bob).sealed
        VisualSecret.objects.filter(user=ada).update(sealed=stolen)
    page = asked(tenant, a_page(tenant, "ada", quickly("bob")))

    assert judged(tenant, ada, page) == Refused("damaged_secret")


def test_strangers_lock_nobody_out(tenant: Tenant, ada: User) -> None:
    """protocol §7: a wrong picture counts on the address only; BF14: V gets in."""
    for _ in range(10):
        assert tried(tenant, ada, WRONG_PICTURE) == Refused("wrong_picture")

    assert isinstance(tried(tenant, ada), Proved)


def test_who_has_the_picture_and_guesses_is_stopped(tenant: Tenant, ada: User) -> None:
    """protocol §7: right picture, wrong PIN counts on address and person; right or wrong, alike."""
    for _ in range(3):
        assert isinstance(tried(tenant, ada, WRONG_PIN), Refused)

    elsewhere = Origin(ip="198.51.100.9")
    for secrets in (WRONG_PIN, quickly("ada")):
        stopped = tried(tenant, ada, secrets, origin=elsewhere)
        assert isinstance(stopped, Stopped)
        assert 0 < stopped.retry_after_seconds <= 60
    # Without the picture the block does not show (§0: no enumeration through locks).
    assert tried(tenant, ada, WRONG_PICTURE, origin=elsewhere) == Refused("wrong_picture")
    with tenant_scope(tenant.id):
        (block,) = Block.objects.all()
    assert (block.kind, block.user_id) == ("user", ada.id)


def test_the_person_is_told_of_the_first_block(tenant: Tenant, ada: User) -> None:
    """protocol §7: "notify the user by mail on the first block"."""
    for _ in range(5):
        tried(tenant, ada, WRONG_PIN)
    relay.drain()

    letters = [letter for letter in outgoing.outbox if "guessing" in letter.subject]
    assert [letter.to for letter in letters] == [[ada.email]]


def test_a_success_clears_what_the_person_mistyped(tenant: Tenant, ada: User) -> None:
    """protocol §7: "success clears the user counter"."""
    for _ in range(2):
        for _ in range(2):
            tried(tenant, ada, WRONG_PIN)
        assert isinstance(tried(tenant, ada), Proved)


def test_an_address_is_stopped_whatever_it_tries() -> None:
    """protocol §7: unknown, wrong picture and replay all count on the address; 429 before all."""
    tenant = a_tenant(block={"ip_attempts_limit": 4})
    ada = a_user(tenant, "ada")
    enrolled(tenant, ada, quickly("ada"))
    page = asked(tenant, a_page(tenant, "ada", WRONG_PICTURE))
    answer = page.answer(server_key(tenant))
    judged(tenant, ada, page, answer)
    judged(tenant, ada, page, answer)
    tried(tenant, None, name="nobody")
    tried(tenant, ada, WRONG_PIN)

    assert isinstance(tried(tenant, ada), Stopped)
    assert isinstance(tried(tenant, ada, origin=Origin(ip="198.51.100.9")), Proved)


def test_a_device_cookie_passes_a_blocked_address() -> None:
    """BF14: V from a browser with V's device cookie gets in; the cookie itself is counted."""
    tenant = a_tenant(block={"ip_attempts_limit": 2, "user_attempts_limit": 2})
    ada = a_user(tenant, "ada")
    enrolled(tenant, ada, quickly("ada"))
    for _ in range(2):
        tried(tenant, ada, WRONG_PIN)
    assert isinstance(tried(tenant, ada), Stopped)

    assert isinstance(tried(tenant, ada, device="nonce"), Proved)
    for _ in range(2):
        tried(tenant, ada, WRONG_PIN, device="nonce")
    assert isinstance(tried(tenant, ada, device="nonce"), Stopped)


def test_known_and_unknown_people_cost_the_same_statements(tenant: Tenant, ada: User) -> None:
    """ZK08, EN02: same failure, same work."""
    bare = a_user(tenant, "bare")
    costs = []
    for user, name, secrets in (
        (ada, "ada", WRONG_PICTURE),
        (None, "nobody", None),
        (bare, "bare", None),
        (ada, "ada", WRONG_PIN),
    ):
        for _ in range(2):
            page = asked(tenant, a_page(tenant, name, secrets))
            with statements() as seen:
                judged(tenant, user, page)
        # The tenant's keys are read once per process, outside of tests' transactions.
        costs.append([text for text in seen if "tenant_keys_encryptionkey" not in text])

    # The address's slot, the challenge, the row, the person's slot.
    assert [len(cost) for cost in costs] == [4, 4, 4, 4]


def test_a_decoy_answers_as_everybody_does(tenant: Tenant, ada: User) -> None:
    """ZK08, EN05: challenges of known and unknown names have the same form; both refuse alike."""
    known, unknown = (asked(tenant, a_page(tenant, name)) for name in ("ada", "nobody"))

    assert known.ttl_seconds == unknown.ttl_seconds
    assert known.server_key_hash == unknown.server_key_hash
    assert isinstance(judged(tenant, None, unknown), Refused)


def test_counters_hold_no_names(tenant: Tenant, ada: User) -> None:
    """BF: what is counted is an address or a person's id, never what was typed."""
    tried(tenant, None, name="typed-by-mistake")
    with tenant_scope(tenant.id):
        subjects = FailureCount.objects.values_list("subject", flat=True)
        assert not [text for text in subjects if "typed" in text]


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_guesses_at_once_no_more_than_the_limit_is_judged() -> None:
    """ZK06: L=5, 200 proofs at once: at most 5 evaluated."""
    tenant = a_tenant(block={"ip_attempts_limit": 1_000, "user_attempts_limit": 5})
    ada = a_user(tenant, "ada")
    enrolled(tenant, ada, quickly("ada"))
    pages: list[ImageClient] = [
        asked(tenant, a_page(tenant, "ada", quickly("ada", f"{number:06}"))) for number in range(40)
    ]
    verdicts = at_once([lambda page=page: judged(tenant, ada, page) for page in pages])  # type: ignore[misc]

    assert sum(isinstance(verdict, Refused) for verdict in verdicts) == 5
    assert sum(isinstance(verdict, Stopped) for verdict in verdicts) == 35
