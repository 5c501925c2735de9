"""What travels and what is kept gives nothing to guess against."""

from itertools import permutations

import pytest

from authn.authenticators.models import VisualSecret
from authn.authenticators.zkp import encoding, enrolment
from authn.authenticators.zkp.transcript import Purpose
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Invalid
from identity.outbox.models import Message
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.builders.pictures import a_page, asked, enrolled, examined, judged, server_key
from tests.builders.tenants import a_tenant
from tests.devices.image_client import LOGIN, Secrets, b64u, factor_bytes, quickly, raw_of

pytestmark = pytest.mark.django_db

ADA, NEW = quickly("ada"), quickly("new picture", "111222")


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant(block={"ip_attempts_limit": 1_000})


@pytest.fixture
def ada(tenant: Tenant) -> User:
    user = a_user(tenant, "ada")
    enrolled(tenant, user, ADA)
    return user


def hints(*whose: Secrets) -> list[bytes]:
    """All from which a guess at PIN or pattern could be confirmed."""
    return [part for each in whose for part in (each.seed_p, each.seed_k, each.c_p, each.c_k)]


def test_nothing_to_guess_against_is_on_the_wire(tenant: Tenant, ada: User) -> None:
    """ZK01, ZK03: no secret, no commitment and no proof outside of what is sealed; "no equation
    confirms a guess", for every equation there is needs a commitment or a proof."""
    page = asked(tenant, a_page(tenant, "ada", ADA))
    proofs = page.proofs(LOGIN)
    wire = [
        *(page.cipher_key, b64u(page.challenge_id)),
        page.answer_with(server_key(tenant), LOGIN, proofs),
        page.commit(server_key(tenant), Purpose.CHANGE_NEW, new=NEW),
    ]
    sent = b"".join(raw_of(text) for text in wire)

    for hint in (*hints(ADA, NEW), proofs[:32], proofs[32:64], proofs[64:96], proofs[96:]):
        assert hint not in sent
    assert page.nonce not in sent


def test_the_same_answer_sealed_twice_has_nothing_in_common(tenant: Tenant, ada: User) -> None:
    """ZK03: a recorded answer cannot be compared with one that a guesser makes."""
    page = asked(tenant, a_page(tenant, "ada", ADA))
    one, two = (raw_of(page.answer(server_key(tenant))) for _ in range(2))

    assert one[:9] == two[:9]
    assert one[9:41] != two[9:41]
    assert one[41:] != two[41:]


def test_nothing_to_guess_against_is_in_trail_or_outbox(tenant: Tenant, ada: User) -> None:
    """protocol §6: "Never log challenge_data, encrypted_commitment, cipherKey, codes, nonces"."""
    page = asked(tenant, a_page(tenant, "ada", ADA))
    answer = page.answer(server_key(tenant))
    judged(tenant, ada, page, answer)
    offer = examined(
        tenant,
        ada,
        page := asked(tenant, a_page(tenant, "ada", ADA)),
        page.commit(server_key(tenant), Purpose.CHANGE_NEW, new=NEW),
        Purpose.CHANGE_NEW,
    )
    enrolment.replace(user=ada, offer=offer, actor=SYSTEM)
    with tenant_scope(tenant.id):
        kept = str([*Event.objects.values(), *Message.objects.values()])

    for hint in (*hints(ADA, NEW), page.nonce, page.challenge_id):
        assert hint.hex() not in kept
        assert b64u(hint) not in kept
    for text in (answer, page.cipher_key):
        assert text not in kept


def test_offers_do_not_show_themselves_to_the_database(tenant: Tenant, ada: User) -> None:
    """ZK04, ZK16: the row holds one sealed text; nothing else of the secret."""
    with tenant_scope(tenant.id):
        (row,) = VisualSecret.objects.filter(user=ada).values()

    assert set(row) == {
        *("id", "tenant_id", "user_id", "proto_version", "sealed", "pin_size", "pattern_size"),
        *("source", "created_at", "ended_at"),
    }


def test_each_neighbour_of_a_pattern_is_another_secret() -> None:
    """ZK10: "accepted fraction ≤ documented": it is one pattern in all; nothing is near enough."""
    right = (0, 1, 2, 4, 6, 7, 8)
    swapped = {
        tuple(right[b] if i == a else right[a] if i == b else node for i, node in enumerate(right))
        for a, b in permutations(range(len(right)), 2)
    }
    longer = {(*right, node) for node in range(9) if node not in right}
    neighbours = swapped | longer | {right[:-1], right[1:], right[::-1]}
    factors = {factor_bytes("", nodes, 3) for nodes in neighbours}

    assert len(factors) == len(neighbours)
    assert factor_bytes("", right, 3) not in factors
    assert factor_bytes("", right, 4) != factor_bytes("", right, 3)


@pytest.mark.parametrize("version", ["svzkp-0", "svzkp-2", "SVZKP-1", "", "svzkp-1 "])
def test_another_version_is_named_and_refused(version: str) -> None:
    """ZK11: no older protocol, no other KDF parameters (§2: "no downgrade")."""
    with pytest.raises(Invalid) as refusal:
        encoding.require_version(version)
    assert refusal.value.field == "proto_version"
