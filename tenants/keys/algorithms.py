"""The three signature algorithms: making keys, signing, verifying. Pure, no database.

EdDSA: RFC 8037 with Ed25519. RS256 and ES256: RFC 7518 §3.3, §3.4. Public keys are JWKs as they are
published (RFC 7517); private keys are PKCS#8 DER.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID

from tenants.keys.base64url import decoded, encoded
from tenants.keys.models import KeyAlgorithm

_RSA_BITS: Final = 2048  # RFC 7518 §3.3: at least 2048; more makes each signature slower
_COORDINATE_BYTES: Final = 32  # P-256
# A key is used for months; parties that look at the certificate's dates must not stumble.
_CERTIFICATE_LIFE: Final = timedelta(days=1825)

Verify = Callable[[bytes, bytes], bool]
"""(signature, signed bytes) → whether it fits."""


class Signer(Protocol):
    """Something that holds a private key and signs with it: here software, elsewhere an HSM."""

    def sign(self, data: bytes) -> bytes:
        """The JWS signature over `data` (RFC 7515 §5.1 step 5, unencoded)."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A new key pair. `kid` is the RFC 7638 thumbprint, so no two tenants ever share one."""

    kid: str
    public_jwk: dict[str, Any]
    private_der: bytes


def generate(algorithm: str, subject: str) -> Generated:
    """Make a key pair; `subject` names the owner in the certificate of an RSA key."""
    private: Any
    members: dict[str, Any]
    extra: dict[str, Any] = {}
    match algorithm:
        case KeyAlgorithm.EDDSA:
            private = ed25519.Ed25519PrivateKey.generate()
            raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            members = {"crv": "Ed25519", "kty": "OKP", "x": encoded(raw).decode()}
        case KeyAlgorithm.RS256:
            private = rsa.generate_private_key(65537, _RSA_BITS)
            numbers = private.public_key().public_numbers()
            members = {"e": _integer(numbers.e), "kty": "RSA", "n": _integer(numbers.n)}
            extra = _certified(private, subject)
        case KeyAlgorithm.ES256:
            private = ec.generate_private_key(ec.SECP256R1())
            point = private.public_key().public_numbers()
            members = {
                "crv": "P-256",
                "kty": "EC",
                "x": _integer(point.x, _COORDINATE_BYTES),
                "y": _integer(point.y, _COORDINATE_BYTES),
            }
        case _:
            raise ValueError(f"unknown algorithm {algorithm!r}")
    # RFC 7638 §3: required members only, in lexicographic order, no white space.
    kid = encoded(sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()).decode()
    return Generated(
        kid=kid,
        public_jwk={**members, "kid": kid, "use": "sig", "alg": str(algorithm), **extra},
        private_der=private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    )


def signer(algorithm: str, private_der: bytes) -> Signer:
    """A signer with a key that `generate` made."""
    # Skipping the check saves 27 ms per RSA load; the key was made here and sealed since.
    key: Any = load_der_private_key(private_der, None, unsafe_skip_rsa_key_validation=True)
    match algorithm:
        case KeyAlgorithm.EDDSA:
            return key  # type: ignore[no-any-return]  # its own `sign` is the protocol's
        case KeyAlgorithm.RS256:
            return _RsaSigner(key)
        case KeyAlgorithm.ES256:
            return _EcSigner(key)
    raise ValueError(f"unknown algorithm {algorithm!r}")


def verifier(public_jwk: Mapping[str, Any]) -> Verify:
    """The check that belongs to one public key; its algorithm is the key's, never the token's."""
    match public_jwk["alg"]:
        case KeyAlgorithm.EDDSA:
            return _checking(
                ed25519.Ed25519PublicKey.from_public_bytes(decoded(public_jwk["x"])).verify
            )
        case KeyAlgorithm.RS256:
            numbers = rsa.RSAPublicNumbers(_number(public_jwk["e"]), _number(public_jwk["n"]))
            rsa_key = numbers.public_key()
            return _checking(
                lambda signature, data: rsa_key.verify(
                    signature, data, padding.PKCS1v15(), hashes.SHA256()
                )
            )
        case KeyAlgorithm.ES256:
            point = ec.EllipticCurvePublicNumbers(
                _number(public_jwk["x"]), _number(public_jwk["y"]), ec.SECP256R1()
            )
            ec_key = point.public_key()
            return _checking(
                lambda signature, data: ec_key.verify(
                    _as_der(signature), data, ec.ECDSA(hashes.SHA256())
                )
            )
    raise ValueError(f"unknown algorithm {public_jwk['alg']!r}")


@dataclass(frozen=True, slots=True)
class _RsaSigner:
    key: rsa.RSAPrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@dataclass(frozen=True, slots=True)
class _EcSigner:
    key: ec.EllipticCurvePrivateKey

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def _checking(check: Callable[[bytes, bytes], None]) -> Verify:
    def verify(signature: bytes, data: bytes) -> bool:
        try:
            check(signature, data)
        except InvalidSignature:
            return False
        return True

    return verify


def _as_der(signature: bytes) -> bytes:
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise InvalidSignature  # DER, as other systems write it, is not JWS (RFC 7518 §3.4)
    return encode_dss_signature(
        int.from_bytes(signature[:_COORDINATE_BYTES], "big"),
        int.from_bytes(signature[_COORDINATE_BYTES:], "big"),
    )


def _integer(number: int, byte_count: int = 0) -> str:
    return encoded(number.to_bytes(byte_count or (number.bit_length() + 7) // 8, "big")).decode()


def _number(text: str) -> int:
    return int.from_bytes(decoded(text), "big")


def _certified(key: rsa.RSAPrivateKey, subject: str) -> dict[str, Any]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # for clocks that run behind
        .not_valid_after(now + _CERTIFICATE_LIFE)
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(Encoding.DER)
    return {
        # RFC 7517 §4.7: base64, not base64url.
        "x5c": [base64.b64encode(der).decode()],
        "x5t#S256": encoded(sha256(der).digest()).decode(),
    }
