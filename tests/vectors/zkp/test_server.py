"""The server's half against the published vectors, and every trap that §12 names."""

from functools import partial
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import nacl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_scalarmult_ed25519_base_noclamp

from authn.authenticators.zkp import encoding, group, messages, transcript
from authn.authenticators.zkp.transcript import Challenge, Commitments, Exchange, Purpose, Role
from identity.kernel.errors import Invalid
from tenants.keys import hpke
from tenants.keys.base64url import encoded
from tests.vectors.zkp.known import MESSAGES, SERVER, SESSION, VECTORS, client, secrets_of, un

L = 2**252 + 27742317777372353535851937790883648493
EXCHANGE = Exchange(
    tenant_id=SESSION["tenant_id"],
    username=SESSION["username"],
    origin=SESSION["origin"],
    auth_req_id=SESSION["auth_req_id"],
)
CHALLENGE = Challenge(
    id=un(SESSION["challenge_id"]),
    nonce=un(SESSION["nonce"]),
    cipher_key=un(SESSION["client_pk"]),
    server_key_hash=un(SESSION["server_key_hash"]),
)
LOGIN = MESSAGES["login"]
POINTS = VECTORS["reject"]["commitment_points"]
TORSION, MIXED = POINTS["torsion"], POINTS["mixed_C_k_plus_torsion"]
SETTING = {"register": Purpose.REGISTER, "reset": Purpose.RESET, "change": Purpose.CHANGE_NEW}
ANSWERING = {"login": Purpose.LOGIN, "update_email": Purpose.UPDATE_EMAIL}


def commitments(keys: str = "pin+pattern") -> Commitments:
    secrets = secrets_of(keys)
    return Commitments(secrets.c_p, secrets.c_k)


def says(role: Role, purpose: Purpose, extra: str, whose: Commitments) -> bytes:
    return transcript.statement(
        EXCHANGE, CHALLENGE, role=role, purpose=purpose, commitments=whose, extra=un(extra)
    )


@pytest.mark.parametrize("case", VECTORS["messages"], ids=lambda case: case["name"])
def test_the_statements_are_the_published_bytes(case: dict[str, Any]) -> None:
    """protocol §3: M(1) and M(2) of all six purposes; both proofs hold."""
    purpose = Purpose(case["purpose"])
    whose = commitments(case["keys"])
    for role, name, proof in (
        (Role.POSSESSION, "M1", "proof_p"),
        (Role.KNOWLEDGE, "M2", "proof_k"),
    ):
        message = says(role, purpose, case["extra"], whose)
        assert message == un(case[name])
        assert group.holds(un(case[proof]), commitment=whose.of(role), message=message)
        if "old" in case:
            old = commitments(case["old_keys"])
            proved = says(role, Purpose.CHANGE_OLD, case["old"]["extra"], old)
            assert proved == un(case["old"][name])
            assert group.holds(un(case[f"old_{proof}"]), commitment=old.of(role), message=proved)


def test_a_challenge_is_the_published_bytes() -> None:
    """protocol §4.1: 83 bytes, `info` without the challenge; the page opens what we seal."""
    case = VECTORS["challenge"]
    plaintext = messages.challenge_plaintext(CHALLENGE, SESSION["ttl_s"])
    sealed = hpke.seal(
        plaintext, public=un(SESSION["client_pk"]), info=transcript.challenge_info(EXCHANGE)
    )
    page = client().beside()
    page.private = client().private
    page.receive(encoded(encoding.VERSION + sealed).decode())

    assert plaintext == un(case["plaintext"])
    assert transcript.challenge_info(EXCHANGE) == un(case["info"])
    assert (page.challenge_id, page.nonce) == (CHALLENGE.id, CHALLENGE.nonce)
    assert page.ttl_seconds == 120


@pytest.mark.parametrize("name", ANSWERING)
def test_a_published_response_opens(name: str) -> None:
    """protocol §4.2: 250 characters, sealed to the tenant's key."""
    case, purpose = MESSAGES[name], ANSWERING[name]
    envelope = messages.response_envelope(case["value_b64u"])
    info = transcript.response_info(EXCHANGE, purpose, CHALLENGE.id)
    opened = hpke.open_sealed(envelope.sealed, private=SERVER, info=info)
    assert opened is not None
    proofs = messages.response(opened, purpose)

    assert (envelope.version, envelope.key_id) == (b"\x01", CHALLENGE.server_key_hash[:8])
    assert (info, opened) == (un(case["info"]), un(case["plaintext"]))
    assert proofs == messages.Proofs(un(case["proof_p"]), un(case["proof_k"]))
    assert all(
        messages.response(opened, other) is None for other in Purpose if other is not purpose
    )


@pytest.mark.parametrize("name", SETTING)
def test_a_published_commitment_opens(name: str) -> None:
    """protocol §4.3: 360 characters, or 531 with the proofs of the old secrets."""
    case, purpose = MESSAGES[name], SETTING[name]
    envelope = messages.commitment_envelope(case["value_b64u"], purpose)
    info = transcript.commitment_info(EXCHANGE, purpose)
    opened = hpke.open_sealed(envelope.sealed, private=SERVER, info=info)
    assert opened is not None
    offer = messages.offered(opened, purpose)
    assert offer is not None

    assert (info, opened) == (un(case["info"]), un(case["plaintext"]))
    assert offer.challenge_id == CHALLENGE.id
    assert offer.commitments == commitments(case["keys"])
    assert offer.descriptor == secrets_of(case["keys"]).desc
    assert offer.proofs == messages.Proofs(un(case["proof_p"]), un(case["proof_k"]))
    assert (offer.old is None) is (purpose is not Purpose.CHANGE_NEW)
    if offer.old is not None:
        assert offer.old == messages.Proofs(un(case["old_proof_p"]), un(case["old_proof_k"]))
    assert all(messages.offered(opened, other) is None for other in Purpose if other is not purpose)


def test_the_key_hash_is_that_of_the_raw_public_key() -> None:
    """protocol §3: `server_key_hash` = SHA-256(raw X25519 public key of the tenant)."""
    raw = SERVER.public_key().public_bytes_raw()

    assert raw == un(SESSION["server_pk"])
    assert sha256(raw).digest() == CHALLENGE.server_key_hash


@pytest.mark.parametrize(
    "point", [*TORSION, POINTS["non_canonical_identity"], POINTS["off_curve"], *MIXED]
)
def test_a_degenerate_point_is_no_commitment(point: str) -> None:
    """ZK05; protocol §6 R4 and §12: identity, small order, non-canonical, off the curve, and the
    seven points with a torsion part that PyNaCl below 1.6.2 accepts (CVE-2025-69277)."""
    assert not group.is_valid_point(un(point))


def test_points_of_wrong_length_are_no_commitment_and_no_error() -> None:
    """ZK05: empty and long values."""
    assert not group.is_valid_point(b"")
    assert not group.is_valid_point(bytes(33))


@pytest.mark.parametrize("name", ["pin+pattern", "pin only", "new image and pin"])
def test_an_honest_point_is_a_commitment(name: str) -> None:
    """The check above can be passed."""
    assert group.is_valid_point(commitments(name).possession)
    assert group.is_valid_point(commitments(name).knowledge)


def test_pynacl_is_recent_enough() -> None:
    """protocol §12: "pin `>=1.6.2`"."""
    assert tuple(int(part) for part in nacl.__version__.split(".")) >= (1, 6, 2)


def test_no_room_takes_all_names_of_the_bindings() -> None:
    """protocol §12: `from nacl.bindings import *` raises in 1.6.2; import names."""
    sources = [path.read_text() for path in Path("authn").rglob("*.py")]

    assert not [text for text in sources if "nacl.bindings import *\n" in text]


def test_the_universal_forgery_for_the_identity_is_refused() -> None:
    """protocol §12: OpenSSL accepts it, which is why it does not verify here."""
    forgery = VECTORS["reject"]["universal_forgery_for_identity_commitment"]
    point, proof = un(forgery["C"]), un(forgery["proof"])

    assert not group.holds(proof, commitment=point, message=b"any")
    Ed25519PublicKey.from_public_bytes(point).verify(proof, b"any")  # accepted: no InvalidSignature


def test_a_scalar_that_is_not_reduced_is_refused() -> None:
    """protocol §8, malleability: s + L is another spelling of a right proof."""
    whose = commitments()
    message = says(Role.KNOWLEDGE, Purpose.LOGIN, "", whose)
    right, spelt = un(LOGIN["proof_k"]), un(VECTORS["reject"]["proof_k_noncanonical_s"])

    assert int.from_bytes(spelt[32:], "little") == int.from_bytes(right[32:], "little") + L
    assert group.holds(right, commitment=whose.knowledge, message=message)
    assert not group.holds(spelt, commitment=whose.knowledge, message=message)


@pytest.mark.parametrize("point", [*TORSION, *MIXED])
def test_torsion_on_either_point_of_a_proof_is_refused(point: str) -> None:
    """protocol §8: "s+L, −, torsion on R or C" are rejected."""
    whose = commitments()
    message = says(Role.KNOWLEDGE, Purpose.LOGIN, "", whose)
    proof = un(LOGIN["proof_k"])

    assert not group.holds(un(point) + proof[32:], commitment=whose.knowledge, message=message)
    assert not group.holds(proof, commitment=un(point), message=message)


def test_a_negated_proof_is_refused() -> None:
    """protocol §8: "−" on R or s."""
    whose = commitments()
    message = says(Role.KNOWLEDGE, Purpose.LOGIN, "", whose)
    proof = un(LOGIN["proof_k"])
    turned = proof[:31] + bytes([proof[31] ^ 0x80]) + proof[32:]
    s = (L - int.from_bytes(proof[32:], "little")).to_bytes(32, "little")

    assert not group.holds(turned, commitment=whose.knowledge, message=message)
    assert not group.holds(proof[:32] + s, commitment=whose.knowledge, message=message)
    assert not group.holds(turned[:32] + s, commitment=whose.knowledge, message=message)


def test_an_ed25519_signature_is_the_schnorr_proof() -> None:
    """protocol §0, §10: s·B = R + c·C, recomputed with plain integers and libsodium's base."""
    whose = commitments()
    message = says(Role.POSSESSION, Purpose.LOGIN, "", whose)
    proof = un(LOGIN["proof_p"])
    seed = secrets_of("pin+pattern").seed_p
    digest = _sha512(seed)
    x = int.from_bytes(_clamped(digest[:32]), "little") % L
    r = int.from_bytes(_sha512(digest[32:] + message), "little") % L
    c = int.from_bytes(_sha512(proof[:32] + whose.possession + message), "little") % L

    assert _times_base(x) == whose.possession
    assert _times_base(r) == proof[:32]
    assert (r + c * x) % L == int.from_bytes(proof[32:], "little")


def test_two_answers_with_one_commitment_give_the_secret_away() -> None:
    """protocol §3, special soundness: x = (s₁−s₂)/(c₁−c₂) mod L, so a proof is one of knowledge."""
    digest = _sha512(secrets_of("pin+pattern").seed_k)
    x = int.from_bytes(_clamped(digest[:32]), "little") % L
    r, c1, c2 = 12345, 678, 910
    s1, s2 = (r + c1 * x) % L, (r + c2 * x) % L

    assert (s1 - s2) * pow(c1 - c2, -1, L) % L == x


@pytest.mark.parametrize(
    ("field", "bent"),
    [
        ("tenant_id", "globex"),
        ("username", "Alice"),
        ("origin", "https://evil.test"),
        ("auth_req_id", ""),
    ],
)
def test_a_proof_holds_only_where_it_was_made_for(field: str, bent: str) -> None:
    """protocol §3: tenant, user name, origin and request are bound."""
    whose = commitments()
    values = {name: getattr(EXCHANGE, name) for name in Exchange.__slots__}
    elsewhere = Exchange(**{**values, field: bent})
    message = transcript.statement(
        elsewhere, CHALLENGE, role=Role.POSSESSION, purpose=Purpose.LOGIN, commitments=whose
    )

    assert not group.holds(un(LOGIN["proof_p"]), commitment=whose.possession, message=message)


def test_a_wrong_pin_leaves_the_possession_proof_whole() -> None:
    """protocol §3: "Role 1 leaves C_k out so that a wrong PIN does not spoil the possession
    proof"."""
    right = commitments()
    wrong_pin = Commitments(right.possession, commitments("pin only").knowledge)

    assert says(Role.POSSESSION, Purpose.LOGIN, "", right) == says(
        Role.POSSESSION, Purpose.LOGIN, "", wrong_pin
    )
    assert says(Role.KNOWLEDGE, Purpose.LOGIN, "", right) != says(
        Role.KNOWLEDGE, Purpose.LOGIN, "", wrong_pin
    )


def test_nobodys_commitments_are_points_like_any() -> None:
    """protocol §5, dummy: valid points that nobody knows a logarithm of; no proof holds."""
    assert group.is_valid_point(group.DUMMY.possession)
    assert group.is_valid_point(group.DUMMY.knowledge)
    assert group.DUMMY.possession != group.DUMMY.knowledge
    message = says(Role.POSSESSION, Purpose.LOGIN, "", group.DUMMY)
    assert not group.holds(un(LOGIN["proof_p"]), commitment=group.DUMMY.possession, message=message)


@pytest.mark.parametrize("text", VECTORS["reject"]["base64url"])
def test_base64url_has_one_spelling(text: str) -> None:
    """protocol §1: decoders reject `=`, `+`, `/`, white space, and non-zero trailing bits."""
    with pytest.raises(Invalid):
        encoding.require_bytes(text, 1, 2, 3, field="challenge_data")


@pytest.mark.parametrize("change", ["", "A", "AA"])
@pytest.mark.parametrize("name", [*ANSWERING, *SETTING])
def test_a_message_of_another_length_is_refused_unopened(name: str, change: str) -> None:
    """protocol §4.3: "Lengths are exact; anything else is rejected before decryption"."""
    text = MESSAGES[name]["value_b64u"]
    bent = text + change if change else text[:-1]
    read = (
        messages.response_envelope
        if name in ANSWERING
        else partial(messages.commitment_envelope, purpose=SETTING[name])
    )

    with pytest.raises(Invalid):
        read(bent)


@pytest.mark.parametrize("public", [bytes(32), b"\x01" + bytes(31), bytes(31), b""])
def test_nothing_is_sealed_to_a_degenerate_key(public: bytes) -> None:
    """ZK05; RFC 9180 §7.1.4: a shared secret of zero is refused."""
    with pytest.raises(hpke.UnusableKey):
        hpke.seal(b"secret", public=public, info=b"")


@pytest.mark.parametrize("sealed", [b"", bytes(32), bytes(48), bytes(200)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    """ZK05: a degenerate `enc` and short text are refused, and are no error."""
    assert hpke.open_sealed(sealed, private=SERVER, info=b"") is None


@pytest.mark.parametrize("username", ["", "a" * 129, "e\u0301", "a\x00b", "\ud800"])
def test_a_user_name_of_wrong_form_is_refused(username: str) -> None:
    """protocol §1: 1 to 128 characters, NFC, exact bytes as sent."""
    with pytest.raises(Invalid):
        encoding.require_username(username)


@pytest.mark.parametrize("username", ["alice", "é", "名前", "a" * 128, "ALICE@acme.test", " a "])
def test_a_user_name_stays_as_sent(username: str) -> None:
    """protocol §1: exact bytes as sent."""
    assert encoding.require_username(username) == username


def _sha512(value: bytes) -> bytes:
    return sha512(value).digest()


def _clamped(half: bytes) -> bytes:
    return bytes([half[0] & 248]) + half[1:31] + bytes([half[31] & 127 | 64])


def _times_base(scalar: int) -> bytes:
    return bytes(crypto_scalarmult_ed25519_base_noclamp(scalar.to_bytes(32, "little")))
