"""Signing: what others can check, for each tenant with keys of its own."""

import warnings
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwk, jws
from joserfc.errors import SecurityWarning

from identity.kernel import cipher
from identity.kernel.actors import SYSTEM
from tenants.keys import jwks, ring, rotation, signing, vault
from tenants.keys.models import SigningKey
from tenants.registry import lifecycle
from tests.builders.tenants import a_tenant
from tests.tenants.conftest import costs_nothing, eventually

pytestmark = pytest.mark.django_db
ALGORITHMS = ["EdDSA", "RS256", "ES256"]
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def published(tenant: Any) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = orjson.loads(jwks.document(tenant.id).body)["keys"]
    return keys


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_library_verifies_with_the_published_key(algorithm: str) -> None:
    """RFC 7515, RFC 7517: joserfc reads our JWK Set and our tokens."""
    tenant = a_tenant()
    rotation.ensure(tenant=tenant, algorithm=algorithm, actor=SYSTEM)
    token = signing.sign(tenant_id=tenant.id, algorithm=algorithm, typ="JWT", claims={"sub": "ada"})
    keys = jwk.KeySet.import_key_set({"keys": published(tenant)})

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is renamed by RFC 9864
        seen = jws.deserialize_compact(token, keys, algorithms=[algorithm])

    assert orjson.loads(seen.payload) == {"sub": "ada"}
    assert set(seen.protected) == {"alg", "kid", "typ"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_kid_is_the_thumbprint(algorithm: str) -> None:
    """RFC 7638: the same for whoever computes it."""
    tenant = a_tenant()
    rotation.ensure(tenant=tenant, algorithm=algorithm, actor=SYSTEM)
    key = next(key for key in published(tenant) if key["alg"] == algorithm)

    assert jwk.import_key(key).thumbprint() == key["kid"]


def test_the_certificate_of_an_rsa_key_holds_that_key() -> None:
    """RFC 7517 §4.7: the key in the first certificate MUST match the JWK's."""
    tenant = a_tenant("certified")
    rotation.ensure(tenant=tenant, algorithm="RS256", actor=SYSTEM)
    key = next(key for key in published(tenant) if key["kty"] == "RSA")
    pem = f"-----BEGIN CERTIFICATE-----\n{key['x5c'][0]}\n-----END CERTIFICATE-----\n"
    certificate = x509.load_pem_x509_certificate(pem.encode())

    certificate.verify_directly_issued_by(certificate)
    ours = jwk.RSAKey.import_key(key).public_key
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert certificate.public_key().public_bytes(*spki) == ours.public_bytes(*spki)
    assert certificate.subject.rfc4514_string() == "CN=Signet certified"
    assert ours.key_size >= 2048


def test_mx05_two_tenants_share_no_key() -> None:
    """MX05: JWKS T1 ∩ T2 kids = ∅."""
    one, other = a_tenant(), a_tenant()
    for tenant in (one, other):
        for algorithm in ALGORITHMS:
            rotation.ensure(tenant=tenant, algorithm=algorithm, actor=SYSTEM)

    kids = [{key["kid"] for key in published(tenant)} for tenant in (one, other)]

    assert len(kids[0]) == len(kids[1]) == 3
    assert not kids[0] & kids[1]


def test_jw14_no_private_member_is_published() -> None:
    """JW14: never d, p, q, dp, dq, qi, k."""
    tenant = a_tenant()
    for algorithm in ALGORITHMS:
        rotation.ensure(tenant=tenant, algorithm=algorithm, actor=SYSTEM)

    for key in published(tenant):
        assert not PRIVATE_MEMBERS & set(key)
        assert key["use"] == "sig"


def test_jw14_the_private_key_is_stored_sealed_and_bound_to_its_place() -> None:
    """JW14: encrypted at rest; copied to another tenant's or key's row it does not open."""
    key = vault.new_key(tenant_id=a_tenant().id, algorithm="EdDSA", subject="x")
    assert key.private_sealed.startswith("v1.")
    vault.signer(key)

    moved = SigningKey(
        tenant_id=a_tenant().id,
        kid=key.kid,
        algorithm="EdDSA",
        private_sealed=key.private_sealed,
    )
    renamed = SigningKey(
        tenant_id=key.tenant_id, kid="x", algorithm="EdDSA", private_sealed=key.private_sealed
    )

    for copied in (moved, renamed):
        with pytest.raises(cipher.CannotOpen):
            vault.signer(copied)


def test_a_tenant_signs_from_its_first_moment() -> None:
    """Issue 2, 5: signing keys per tenant and algorithm; EdDSA is the default."""
    tenant = a_tenant()

    assert set(ring.of(tenant.id).active) == {"EdDSA"}
    with pytest.raises(signing.NoActiveKey):
        signing.sign(tenant_id=tenant.id, algorithm="RS256", typ="JWT", claims={})


def test_a_signature_and_its_check_cost_no_statement(listening: None) -> None:
    """performance: key objects and prepared bytes per process."""
    tenant = a_tenant()
    claims = {"sub": "ada"}

    def sign_and_verify() -> None:
        token = signing.sign(tenant_id=tenant.id, algorithm="EdDSA", typ="JWT", claims=claims)
        assert signing.verify(tenant_id=tenant.id, token=token, typ="JWT") == claims
        assert jwks.document(tenant.id).body

    eventually(lambda: costs_nothing(sign_and_verify))
    assert costs_nothing(sign_and_verify)


def test_the_etag_is_strong_and_changes_with_the_keys() -> None:
    """RFC 9110 §8.8.1: another representation, another validator."""
    tenant = a_tenant()
    before = jwks.document(tenant.id)
    rotation.rotate(tenant=tenant, algorithm="EdDSA", actor=SYSTEM)
    after = jwks.document(tenant.id)

    assert before.etag.startswith('"')
    assert before.etag != after.etag
    assert jwks.document(tenant.id) == after


def test_the_set_may_be_kept_for_less_than_a_key_waits() -> None:
    """Issue 2, 5: published before use for longer than any party keeps the set."""
    assert jwks.CACHE_CONTROL == "public, max-age=900"
    assert rotation.PUBLISHED_AHEAD > rotation.JWKS_MAX_AGE


def test_a_tenant_that_is_gone_has_no_keys() -> None:
    """A deleted tenant signs nothing, not even from this process's memory."""
    tenant = a_tenant()
    ring.of(tenant.id)
    lifecycle.delete(tenant=tenant, actor=SYSTEM)

    assert jwks.document(tenant.id).body == b'{"keys":[]}'
