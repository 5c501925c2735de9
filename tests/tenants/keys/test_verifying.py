"""Rows JW01 to JW11 of the attack table, against the one place that verifies our tokens."""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from identity.kernel.actors import SYSTEM
from tenants.keys import jwks, lifetime, ring, rotation, signing
from tenants.keys.base64url import decoded
from tenants.registry.models import Tenant
from tests.builders.tenants import a_tenant
from tests.tenants.keys.forging import CLAIMS, TYP, header_of, joined, part, signed_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


def verified(tenant: Tenant, token: str, typ: Any = TYP) -> dict[str, Any] | None:
    return signing.verify(tenant_id=tenant.id, token=token, typ=typ)


def genuine(tenant: Tenant, algorithm: str = "EdDSA", claims: Any = CLAIMS) -> str:
    return signing.sign(tenant_id=tenant.id, algorithm=algorithm, typ=TYP, claims=claims)


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "ES256"])
def test_a_genuine_token_is_accepted(tenant: Tenant, algorithm: str) -> None:
    """RFC 7515 §5.2: what was signed is what is read."""
    rotation.ensure(tenant=tenant, algorithm=algorithm, actor=SYSTEM)

    assert verified(tenant, genuine(tenant, algorithm)) == CLAIMS


def test_forging_by_hand_makes_a_genuine_token(tenant: Tenant) -> None:
    """The other tests here change one thing each; without a change it must pass."""
    assert verified(tenant, signed_by(tenant, header_of(tenant))) == CLAIMS


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("signature", [b"", None])
def test_jw01_a_token_without_signature_is_refused(
    tenant: Tenant, algorithm: str, signature: bytes | None
) -> None:
    """JW01: alg none in any spelling, empty signature, stripped third part."""
    segments = [part(header_of(tenant, alg=algorithm)), part(CLAIMS)]
    segments += [] if signature is None else [signature]

    assert verified(tenant, joined(*segments)) is None


@pytest.mark.parametrize("cut", [1, 2])
def test_jw01_a_genuine_token_stripped_of_its_signature_is_refused(
    tenant: Tenant, cut: int
) -> None:
    """JW01: the header says EdDSA, the signature is empty or missing."""
    header, payload, _ = genuine(tenant).split(".")

    assert verified(tenant, ".".join([header, payload, ""][: cut + 1])) is None


def _public_spellings(tenant: Tenant) -> dict[str, bytes]:
    rotation.ensure(tenant=tenant, algorithm="RS256", actor=SYSTEM)
    jwk = next(
        key for key in orjson.loads(jwks.document(tenant.id).body)["keys"] if key["kty"] == "RSA"
    )
    raw = ring.of(tenant.id).active["RS256"].signer
    public = raw.key.public_key()  # type: ignore[attr-defined]
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert load_der_public_key(der) == public
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "pem": pem,
        "pem with leading spaces": b"  " + pem,
        "pem without last newline": pem.rstrip(),
        "der": der,
        "jwk text": orjson.dumps(jwk),
        "modulus": decoded(jwk["n"]),
        "empty": b"",
    }


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_jw02_a_public_key_is_no_shared_secret(tenant: Tenant, hash_name: str) -> None:
    """JW02: HS256/384/512 keyed with PEM, DER, JWK text, with leading spaces, empty key."""
    for name, secret in _public_spellings(tenant).items():
        header = header_of(tenant, "RS256", alg=f"HS{hash_name[3:]}")
        signed = part(header) + b"." + part(CLAIMS)
        forged = joined(signed, part(hmac.digest(secret, signed, hash_name)))
        assert verified(tenant, forged) is None, name


def test_jw02_the_algorithm_is_the_keys_and_not_the_headers(tenant: Tenant) -> None:
    """JW02, RFC 8725 §3.1: the header promises another algorithm than the key's."""
    for algorithm in ("ES256", "RS256", "Ed25519", "EdDSA ", "eddsa", ["EdDSA"], None):
        assert verified(tenant, signed_by(tenant, header_of(tenant, alg=algorithm))) is None


MALLORYS: dict[str, Any] = {
    "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    "jku": "https://evil.example/jwks",
    "x5u": "https://evil.example/chain.pem",
    "x5c": ["MIIB"],
    "x5t": "AAAA",
    "x5t#S256": "AAAA",
}


@pytest.mark.parametrize("member", MALLORYS)
def test_jw03_a_key_in_the_header_is_refused(tenant: Tenant, member: str) -> None:
    """JW03: jwk, jku, x5u, x5c; even where the signature is right nothing is looked at."""
    assert (
        verified(tenant, signed_by(tenant, header_of(tenant, **{member: MALLORYS[member]}))) is None
    )


@pytest.mark.parametrize(
    "kid",
    ["../../dev/null", "' or 1=1", "https://evil.example/k", "k" * 10_000, "", None, 7, ["a"]],
    ids=str,
)
def test_jw04_a_foreign_kid_is_refused(tenant: Tenant, kid: Any) -> None:
    """JW04: paths, SQL, URLs, 10 kB, missing."""
    assert verified(tenant, signed_by(tenant, header_of(tenant, kid=kid))) is None


def test_jw04_another_tenants_kid_is_refused(tenant: Tenant) -> None:
    """JW04: T2's kid over T1's signature."""
    theirs = header_of(a_tenant())

    assert verified(tenant, signed_by(tenant, theirs)) is None


def test_jw05_another_tenants_signature_is_refused(tenant: Tenant) -> None:
    """JW05: a token for T1 signed by T2's key, with T2's kid and with T1's."""
    other = a_tenant()

    assert verified(tenant, genuine(other)) is None
    assert verified(tenant, signed_by(other, header_of(tenant))) is None


@pytest.mark.parametrize(
    "members",
    [
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["unknown"], "unknown": 1},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"anything": 1},
    ],
    ids=str,
)
def test_jw06_an_extension_of_the_header_is_refused(
    tenant: Tenant, members: dict[str, Any]
) -> None:
    """JW06: unknown crit, b64 false; we write none, so none is read."""
    assert verified(tenant, signed_by(tenant, header_of(tenant, **members))) is None


def _general(tenant: Tenant) -> str:
    header, payload, signature = genuine(tenant).split(".")
    both = {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}
    return orjson.dumps(both).decode()


def _flattened(tenant: Tenant) -> str:
    header, payload, signature = genuine(tenant).split(".")
    return orjson.dumps({"payload": payload, "protected": header, "signature": signature}).decode()


def _unsigned_json(tenant: Tenant) -> str:
    return orjson.dumps({"payload": genuine(tenant).split(".")[1], "signatures": []}).decode()


def _pbes2(tenant: Tenant) -> str:
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 10**9, "p2s": "AAAA"}
    return joined(part(header), part(b"k" * 40), part(b"i" * 12), part(b"c" * 40), part(b"t" * 16))


def _deflated(tenant: Tenant) -> str:
    header = {"alg": "dir", "enc": "A128GCM", "zip": "DEF"}
    return joined(part(header), b"", part(b"i" * 12), part(bytes(1_000_000)), part(b"t" * 16))


def _endless(tenant: Tenant) -> str:
    return genuine(tenant) + "A" * 10_000_000


def _deep(tenant: Tenant) -> str:
    return joined(part(b"[" * 3000), part(b"[" * 3000), b"AAAA")


def _dots(tenant: Tenant) -> str:
    return "." * 8_000


@pytest.mark.parametrize(
    "bomb", [_general, _flattened, _unsigned_json, _pbes2, _deflated, _endless, _deep, _dots]
)
def test_jw07_other_serialisations_and_bombs_cost_nothing(
    tenant: Tenant, bomb: Callable[[Tenant], str]
) -> None:
    """JW07: JSON general and flattened, PBES2 with 10^9 rounds, deflate bombs: ≤ 50 ms of CPU."""
    token = bomb(tenant)
    verified(tenant, genuine(tenant))
    began = time.process_time()

    assert verified(tenant, token) is None
    assert time.process_time() - began < 0.05


def test_jw08_a_zero_signature_is_refused(tenant: Tenant) -> None:
    """JW08: r = s = 0 (CVE-2022-21449), for each algorithm."""
    for algorithm, size in (("ES256", 64), ("EdDSA", 64), ("RS256", 256)):
        rotation.ensure(tenant=tenant, algorithm=algorithm, actor=SYSTEM)
        header, payload, _ = genuine(tenant, algorithm).encode().split(b".")
        assert verified(tenant, joined(header, payload, part(bytes(size)))) is None, algorithm


def test_jw08_a_signature_in_der_is_refused(tenant: Tenant) -> None:
    """JW08, RFC 7518 §3.4: ES256 is R and S, 32 octets each, not DER."""
    rotation.ensure(tenant=tenant, algorithm="ES256", actor=SYSTEM)
    header, payload, signature = genuine(tenant, "ES256").encode().split(b".")
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))

    assert verified(tenant, joined(header, payload, part(der))) is None


def test_jw08_a_shortened_signature_is_refused(tenant: Tenant) -> None:
    """JW08, RFC 7518 §3.4: leading zeros are part of the 64 octets; without them the numbers would
    be the same."""
    rotation.ensure(tenant=tenant, algorithm="ES256", actor=SYSTEM)
    while True:
        header, payload, signature = genuine(tenant, "ES256").encode().split(b".")
        raw = decoded(signature)
        if raw[32] == 0:  # one signature in 256
            break

    assert verified(tenant, joined(header, payload, part(raw))) == CLAIMS
    assert verified(tenant, joined(header, payload, part(raw[:32] + raw[33:]))) is None
    assert verified(tenant, joined(header, payload, part(raw[:32] + b"\0" + raw[32:]))) is None


def _last_bit(segment: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) ^ 1]


@pytest.mark.parametrize(
    "respell",
    [
        lambda segment: segment + "=",
        lambda segment: segment + "==",
        lambda segment: segment + "\n",
        lambda segment: "\n" + segment,
        lambda segment: segment[:4] + " " + segment[4:],
        lambda segment: segment[:4] + "!" + segment[4:],
        lambda segment: segment.replace("-", "+").replace("_", "/") + "+",
        lambda segment: segment + "A",
        _last_bit,
    ],
)
@pytest.mark.parametrize("index", [0, 1, 2])
def test_jw08_another_spelling_of_the_same_bytes_is_refused(
    tenant: Tenant, index: int, respell: Callable[[str], str]
) -> None:
    """JW08: base64 with padding, newline, foreign characters, leftover bits."""
    segments = genuine(tenant).split(".")
    segments[index] = respell(segments[index])

    assert verified(tenant, ".".join(segments)) is None


def test_jw08_any_flipped_byte_is_refused(tenant: Tenant) -> None:
    """JW08: every position of the token counts."""
    token = genuine(tenant)
    for position, character in enumerate(token):
        flipped = "B" if character == "A" else "A"
        mutated = token[:position] + flipped + token[position + 1 :]
        assert verified(tenant, mutated) is None, position


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"exp": "9"},
        {"exp": 1e308},
        {"exp": -1},
        {"exp": True},
        {"exp": []},
        {"exp": None},
        {"exp": 2_000.5},
        {"exp": 1_000},
        {"exp": 2_000, "nbf": 1_001},
        {"exp": 2_000, "nbf": "0"},
        {"exp": 2_000, "nbf": None},
        {"exp": 2_000, "iat": [1]},
        {"exp": 2_000, "iat": False},
        {"exp": 2_000, "iat": 1_001},
    ],
    ids=str,
)
def test_jw09_a_time_of_the_wrong_type_is_no_time(times: dict[str, Any]) -> None:
    """JW09: exp "9", huge, -1, true, [], null; nbf in the future; iat a list. It is 1,000."""
    assert not lifetime.is_current(times, now=1_000)


@pytest.mark.parametrize("times", [{"exp": 1_001}, {"exp": 2_000, "nbf": 1_000, "iat": 0}], ids=str)
def test_a_token_within_its_time_is_current(times: dict[str, Any]) -> None:
    """RFC 7519 §4.1.4, §4.1.5: before exp, at or after nbf."""
    assert lifetime.is_current(times, now=1_000)


def test_leeway_moves_both_ends() -> None:
    """RFC 7519 §4.1.4: a small leeway for clocks that differ."""
    assert lifetime.is_current({"exp": 995, "nbf": 1_005}, now=1_000, leeway_seconds=10)
    assert not lifetime.is_current({"exp": 990}, now=1_000, leeway_seconds=10)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"exp":1e309}',
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b'["sub"]',
        b'"sub"',
        b"null",
        b"{",
        b"\xff\xfe",
        b"",
    ],
    ids=str,
)
def test_jw09_claims_that_are_no_json_object_are_refused(tenant: Tenant, payload: bytes) -> None:
    """JW09: numbers out of range, other JSON, no JSON; never an exception."""
    assert verified(tenant, signed_by(tenant, header_of(tenant), payload)) is None


@pytest.mark.parametrize(
    "payload", [b'{"sub":"a","sub":"b"}', b'{"act":{"sub":"a","sub":"b"}}'], ids=str
)
def test_jw10_a_member_named_twice_is_refused(tenant: Tenant, payload: bytes) -> None:
    """JW10: {"sub":"a","sub":"b"}, at any depth."""
    assert verified(tenant, signed_by(tenant, header_of(tenant), payload)) is None


def test_jw10_a_header_member_named_twice_is_refused(tenant: Tenant) -> None:
    """JW10, RFC 7515 §4: header parameter names are unique."""
    header = orjson.dumps(header_of(tenant))
    doubled = header[:-1] + b',"alg":"EdDSA"}'

    assert verified(tenant, signed_by(tenant, doubled)) is None


def test_jw11_a_token_of_another_kind_is_refused(tenant: Tenant) -> None:
    """JW11, RFC 8725 §3.11: at+jwt as hint, logout+jwt as hint, ID token as access token."""
    kinds = ("at+jwt", "logout+jwt", "JWT")
    for made in kinds:
        token = signing.sign(tenant_id=tenant.id, algorithm="EdDSA", typ=made, claims=CLAIMS)
        for wanted in kinds:
            assert (verified(tenant, token, wanted) is not None) == (made == wanted)
        assert verified(tenant, token, kinds) == CLAIMS
        assert verified(tenant, token, ()) is None


def test_jw11_the_kind_is_compared_exactly(tenant: Tenant) -> None:
    """JW11: other capitals and media-type prefixes are not what we write."""
    for typ in ("AT+JWT", "application/at+jwt", "at+jwt ", None, ""):
        assert verified(tenant, signed_by(tenant, header_of(tenant, typ=typ))) is None


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "é.é.é", "\0.\0.\0", "a" * 9_000])
def test_what_is_no_token_at_all_is_refused(tenant: Tenant, token: str) -> None:
    """JW07: no exception for any text."""
    assert verified(tenant, token) is None


def test_a_token_beyond_8_kb_is_refused_though_it_is_ours(tenant: Tenant) -> None:
    """The cap stands before everything else."""
    assert verified(tenant, genuine(tenant, claims={"long": "x" * 8_192})) is None


def test_hashes_are_at_hand() -> None:
    """JW02 uses them by name: a missing one would make its test pass for nothing."""
    assert {"sha256", "sha384", "sha512"} <= hashlib.algorithms_guaranteed
