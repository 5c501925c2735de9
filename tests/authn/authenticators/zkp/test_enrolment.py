"""Pictures enrolled, replaced and removed: only with fresh proofs, only by the right person."""

from typing import Any

import pytest

from authn.authenticators import inventory
from authn.authenticators.models import VisualSecret
from authn.authenticators.signals import image_changed
from authn.authenticators.zkp import enrolment
from authn.authenticators.zkp.enrolment import Offer
from authn.authenticators.zkp.factors import Factors
from authn.authenticators.zkp.proving import Proved, Refused
from authn.authenticators.zkp.transcript import Purpose
from authn.blocking.guard import Stopped
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Conflict, Invalid, NotFound
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.builders.pictures import a_page, asked, enrolled, examined, judged, server_key
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import Secrets, lp, quickly
from tests.vectors.zkp.known import VECTORS, un

pytestmark = pytest.mark.django_db

OLD, NEW = quickly("ada"), quickly("new picture", "111222")
POINTS = VECTORS["reject"]["commitment_points"]


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant(block={"ip_attempts_limit": 1_000, "user_attempts_limit": 3})


@pytest.fixture
def ada(tenant: Tenant) -> User:
    user = a_user(tenant, "ada")
    enrolled(tenant, user, OLD)
    return user


def signs_in(tenant: Tenant, user: User, secrets: Secrets) -> bool:
    page = asked(tenant, a_page(tenant, user.username, secrets))
    return isinstance(judged(tenant, user, page), Proved)


def a_change(tenant: Tenant, user: User, old: Secrets = OLD, new: Secrets = NEW) -> Any:
    page = asked(tenant, a_page(tenant, user.username, old))
    sealed = page.commit(server_key(tenant), Purpose.CHANGE_NEW, new=new)
    return examined(tenant, user, page, sealed, Purpose.CHANGE_NEW)


def a_reset(tenant: Tenant, user: User, new: Secrets = NEW, *, code: str = "73519264") -> Any:
    page = asked(tenant, a_page(tenant, user.username, new))
    sealed = page.commit(server_key(tenant), Purpose.RESET, code="73519264")
    return examined(tenant, user, page, sealed, Purpose.RESET, stated=lp(code))


def events_of(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        found = Event.objects.filter(tenant_id=tenant.id, type__startswith="image.")
        return sorted(event.type for event in found)


def test_an_enrolled_picture_signs_in(tenant: Tenant, ada: User) -> None:
    """protocol §4.4: register, then log in; what is told of it."""
    assert signs_in(tenant, ada, OLD)
    assert events_of(tenant) == ["image.enrolled"]
    with tenant_scope(tenant.id):
        found = enrolment.describe(ada)
        methods = inventory.methods_of(ada)
    assert found is not None
    assert (found.factors, found.source) == (Factors(6, 3), "register")
    assert [(method.name, method.amr) for method in methods] == [("image", ("swk", "pin"))]


def test_commitments_are_sealed_at_rest(tenant: Tenant, ada: User) -> None:
    """ZK04: a dump without the server's key says nothing."""
    with tenant_scope(tenant.id):
        row = VisualSecret.objects.get(user=ada)
        copies = str(VisualSecret.objects.values().get(user=ada))

    assert row.sealed.startswith("v1.")
    for point in (OLD.c_p, OLD.c_k):
        assert point.hex() not in copies
        assert repr(point)[2:-1] not in copies


def test_a_change_proves_old_and_new(tenant: Tenant, ada: User) -> None:
    """ZK09: "full fresh proof": a stolen session cannot replace the picture (§8)."""
    offer = a_change(tenant, ada)
    assert isinstance(offer, Offer)
    enrolment.replace(user=ada, offer=offer, actor=SYSTEM)

    assert signs_in(tenant, ada, NEW)
    assert not signs_in(tenant, ada, OLD)
    assert events_of(tenant) == ["image.enrolled", "image.replaced"]
    with tenant_scope(tenant.id):
        tombstone = VisualSecret.objects.get(user=ada, ended_at__isnull=False)
    assert tombstone.sealed == ""


def test_a_change_without_the_old_secrets_is_refused_and_counted(tenant: Tenant, ada: User) -> None:
    """ZK09, BF10: guesses at the side door spend the same counters."""
    assert a_change(tenant, ada, old=NEW) == Refused("wrong_picture")
    for _ in range(3):
        wrong = a_change(tenant, ada, old=quickly("ada", "000000"))
        assert wrong == Refused("wrong_pin_or_pattern", has_picture=True)
    assert isinstance(a_change(tenant, ada), Stopped)


def test_a_change_proved_twice_is_made_once(tenant: Tenant, ada: User) -> None:
    """R7: the secrets that were proved must still be the ones that are replaced."""
    first, second = a_change(tenant, ada), a_change(tenant, ada, new=quickly("third"))
    enrolment.replace(user=ada, offer=first, actor=SYSTEM)

    with pytest.raises(Conflict):
        enrolment.replace(user=ada, offer=second, actor=SYSTEM)
    assert signs_in(tenant, ada, NEW)


def test_a_reset_replaces_without_the_old_secrets(tenant: Tenant, ada: User) -> None:
    """protocol §4.4: "new image + factors"; the code is in the proof."""
    assert a_reset(tenant, ada, code="another") == Refused("unproved_commitments")
    enrolment.replace(user=ada, offer=a_reset(tenant, ada), actor=SYSTEM)

    assert signs_in(tenant, ada, NEW)
    assert not signs_in(tenant, ada, OLD)


def test_a_reset_enrols_whom_an_operator_made(tenant: Tenant) -> None:
    """protocol §4.4: "Also the enrolment path for users created by operators"."""
    bob = a_user(tenant, "bob")
    enrolment.replace(user=bob, offer=a_reset(tenant, bob), actor=SYSTEM)

    assert signs_in(tenant, bob, NEW)


def test_a_removed_picture_opens_nothing(tenant: Tenant, ada: User) -> None:
    """PS15's sibling: refused from then on; nothing left to steal."""
    enrolment.remove(user=ada, actor=SYSTEM)

    assert not signs_in(tenant, ada, OLD)
    assert a_change(tenant, ada) == Refused("not_enrolled")
    with tenant_scope(tenant.id):
        assert enrolment.describe(ada) is None
        assert VisualSecret.objects.get(user=ada).sealed == ""
    with pytest.raises(NotFound):
        enrolment.remove(user=ada, actor=SYSTEM)


def test_a_second_enrolment_is_a_conflict(tenant: Tenant, ada: User) -> None:
    """R7: unique (tenant, user)."""
    with pytest.raises(Conflict):
        enrolled(tenant, ada, NEW)
    assert signs_in(tenant, ada, OLD)


def test_rooms_above_hear_of_a_change(tenant: Tenant, ada: User) -> None:
    """SE06: sessions end where a picture replaced another."""
    heard: list[bool] = []

    def hear(*, is_first: bool, **_: object) -> None:
        heard.append(is_first)

    image_changed.connect(hear)
    try:
        bob = a_user(tenant, "bob")
        enrolled(tenant, bob)
        enrolment.replace(user=ada, offer=a_change(tenant, ada), actor=SYSTEM)
        enrolment.remove(user=ada, actor=SYSTEM)
    finally:
        image_changed.disconnect(hear)

    assert heard == [True, False, False]


def test_an_offer_is_for_its_bearer_and_purpose(tenant: Tenant, ada: User) -> None:
    """ZK16: no path from one person's proof to another's row."""
    bob = a_user(tenant, "bob")
    reset, change = a_reset(tenant, ada), a_change(tenant, ada)

    for command, offer in (
        (enrolment.replace, reset),
        (enrolment.replace, change),
        (enrolment.enrol, reset),
    ):
        with pytest.raises(ValueError, match="made for another"):
            command(user=bob, offer=offer, actor=SYSTEM)


@pytest.mark.parametrize(
    "point",
    [
        *POINTS["torsion"],
        *POINTS["mixed_C_k_plus_torsion"],
        POINTS["non_canonical_identity"],
        POINTS["off_curve"],
    ],
)
@pytest.mark.parametrize("place", ["possession", "knowledge"])
def test_degenerate_commitments_are_refused(tenant: Tenant, point: str, place: str) -> None:
    """ZK05, R4: "A=0, N, kN, 1; identity/low-order/non-canonical points"."""
    page = asked(tenant, a_page(tenant, "eve", NEW))
    bent = un(point)
    points = bent + NEW.c_k if place == "possession" else NEW.c_p + bent
    sealed = page.commit_with(
        server_key(tenant), Purpose.REGISTER, NEW, page.proofs(2), points=points
    )

    found = examined(tenant, None, page, sealed, Purpose.REGISTER, stated=lp("e@x.test"))
    assert found == Refused("invalid_point")


def test_equal_commitments_are_refused(tenant: Tenant) -> None:
    """R3: C_p ≠ C_k."""
    same = Secrets(NEW.seed_p, NEW.seed_p, NEW.desc)
    page = asked(tenant, a_page(tenant, "eve", same))
    sealed = page.commit(server_key(tenant), Purpose.REGISTER, email="e@x.test")

    found = examined(tenant, None, page, sealed, Purpose.REGISTER, stated=lp("e@x.test"))
    assert found == Refused("equal_commitments")


def test_copied_commitments_are_refused(tenant: Tenant, ada: User) -> None:
    """protocol §8, rogue registrant: proof of possession (R5)."""
    page = asked(tenant, a_page(tenant, "eve", NEW))
    sealed = page.commit_with(
        server_key(tenant),
        Purpose.REGISTER,
        NEW,
        page.proofs(2, lp("e@x.test") + NEW.desc),
        points=OLD.c_p + OLD.c_k,
    )

    found = examined(tenant, None, page, sealed, Purpose.REGISTER, stated=lp("e@x.test"))
    assert found == Refused("unproved_commitments")


@pytest.mark.parametrize(
    "desc", [b"\x01\x06\x00", b"\x02\x00\x03", b"\x03\x04\x03", b"\x00\x00\x00"]
)
def test_factors_must_be_the_tenants(tenant: Tenant, desc: bytes) -> None:
    """R2: `desc` equals the tenant's policy; ZK11, downgrade."""
    page = asked(tenant, a_page(tenant, "eve", quickly("eve", desc=desc)))
    sealed = page.commit(server_key(tenant), Purpose.REGISTER, email="e@x.test")

    found = examined(tenant, None, page, sealed, Purpose.REGISTER, stated=lp("e@x.test"))
    assert found == Refused("other_factors")


def test_a_picture_alone_needs_a_second_factor() -> None:
    """protocol §8: "Both off … allowed only with is_2fa or passkey_enabled"."""
    bare = quickly("eve", desc=b"\x00\x00\x00")
    alone = a_tenant(use_pin=False, use_pattern=False, passkey_enabled=True)
    page = asked(alone, a_page(alone, "eve", bare))
    sealed = page.commit(server_key(alone), Purpose.REGISTER, email="e@x.test")
    offer = examined(alone, None, page, sealed, Purpose.REGISTER, stated=lp("e@x.test"))

    assert isinstance(offer, Offer)
    assert not offer.factors.are_known
    assert offer.factors.amr == ("swk",)


def test_a_commitment_for_one_purpose_is_none_for_another(tenant: Tenant, ada: User) -> None:
    """ZK07: the purpose is in the length, the info, the text and the proof."""
    page = asked(tenant, a_page(tenant, "ada", NEW))
    sealed = page.commit(server_key(tenant), Purpose.REGISTER, email=ada.email)
    with pytest.raises(Invalid):
        enrolment.read(encrypted_commitment=sealed, purpose=Purpose.CHANGE_NEW)

    found = examined(tenant, ada, page, sealed, Purpose.RESET, stated=lp("73519264"))
    assert found == Refused("unreadable")


def test_a_registration_is_bound_to_its_address(tenant: Tenant) -> None:
    """protocol §3: the e-mail is in the proof."""
    page = asked(tenant, a_page(tenant, "eve", NEW))
    sealed = page.commit(server_key(tenant), Purpose.REGISTER, email="e@x.test")

    found = examined(tenant, None, page, sealed, Purpose.REGISTER, stated=lp("f@x.test"))
    assert found == Refused("unproved_commitments")


@pytest.mark.django_db(transaction=True)
def test_of_ten_changes_at_once_one_is_made() -> None:
    """R7: one transaction; the row that was proved is replaced once."""
    tenant = a_tenant(block={"ip_attempts_limit": 1_000})
    ada = a_user(tenant, "ada")
    enrolled(tenant, ada, OLD)
    offers = [a_change(tenant, ada, new=quickly(f"picture {number}")) for number in range(10)]
    made = at_once(
        [
            lambda offer=offer: enrolment.replace(user=ada, offer=offer, actor=SYSTEM)  # type: ignore[misc]
            for offer in offers
        ]
    )

    assert sum(isinstance(row, VisualSecret) for row in made) == 1
    with tenant_scope(tenant.id):
        assert VisualSecret.objects.filter(user=ada, ended_at=None).count() == 1
