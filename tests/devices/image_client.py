"""The other half of the image login, written from the protocol's text and from nothing of ours.

Derives the secrets, opens challenges, makes proofs and seals them, with an HPKE sender of its own
(RFC 9180), so that a misreading cannot hide on both sides. Every value a test may want to bend is
a plain attribute or an argument.
"""

import base64
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LOGIN, REGISTER, RESET, CHANGE_OLD, CHANGE_NEW, UPDATE_EMAIL = range(1, 7)
_KEM = b"KEM\x00\x20"
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"


def b64u(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def lp(value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(2, "big") + raw


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    made, block, number = b"", b"", 1
    while len(made) < length:
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        made, number = made + block, number + 1
    return made[:length]


def hkdf(key: bytes, info: bytes, length: int, salt: bytes = b"SVZKP-1") -> bytes:
    return _expand(hmac.digest(salt, key, "sha256"), info, length)


def _labelled_extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + key, "sha256")


def _labelled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return _expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def key_pair(ikm: bytes) -> X25519PrivateKey:
    """RFC 9180 §7.1.3, DeriveKeyPair."""
    prk = _labelled_extract(_KEM, b"", b"dkp_prk", ikm)
    return X25519PrivateKey.from_private_bytes(_labelled_expand(_KEM, prk, b"sk", b"", 32))


def _key_and_nonce(shared: bytes, enc: bytes, recipient: bytes, info: bytes) -> tuple[bytes, bytes]:
    prk = _labelled_extract(_KEM, b"", b"eae_prk", shared)
    secret = _labelled_expand(_KEM, prk, b"shared_secret", enc + recipient, 32)
    context = (
        b"\x00"
        + _labelled_extract(_SUITE, b"", b"psk_id_hash", b"")
        + _labelled_extract(_SUITE, b"", b"info_hash", info)
    )
    schedule = _labelled_extract(_SUITE, secret, b"secret", b"")
    return (
        _labelled_expand(_SUITE, schedule, b"key", context, 32),
        _labelled_expand(_SUITE, schedule, b"base_nonce", context, 12),
    )


def seal(plaintext: bytes, recipient: bytes, info: bytes, ikm: bytes | None = None) -> bytes:
    """`enc ‖ ct` by RFC 9180 base mode, single shot; `ikm` fixes the ephemeral key."""
    ephemeral = key_pair(ikm or os.urandom(32))
    enc = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    key, nonce = _key_and_nonce(shared, enc, recipient, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, b"")


def unseal(sealed: bytes, private: X25519PrivateKey, info: bytes) -> bytes:
    enc = sealed[:32]
    shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
    key, nonce = _key_and_nonce(shared, enc, private.public_key().public_bytes_raw(), info)
    return AESGCM(key).decrypt(nonce, sealed[32:], b"")


@dataclass(frozen=True)
class Secrets:
    """What a picture, a PIN and a pattern come to in one tenant."""

    seed_p: bytes
    seed_k: bytes
    desc: bytes

    @property
    def c_p(self) -> bytes:
        return _public(self.seed_p)

    @property
    def c_k(self) -> bytes:
        return _public(self.seed_k)


def _public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def factor_bytes(pin: str, pattern: Sequence[int], grid: int) -> bytes:
    pw = b"SVF1"
    if pin:
        pw += bytes([1, len(pin)]) + pin.encode()
    if pattern:
        pw += bytes([2, grid, len(pattern), *pattern])
    return pw


def described(pin: str, pattern: Sequence[int], grid: int) -> bytes:
    return bytes([bool(pin) | bool(pattern) << 1, len(pin), grid if pattern else 0])


def derive(
    tenant_id: str, image_key: bytes, *, pin: str = "", pattern: Sequence[int] = (), grid: int = 3
) -> Secrets:
    """§2: possession from the picture's key alone, knowledge from it and Argon2id."""
    stretched = hash_secret_raw(
        factor_bytes(pin, pattern, grid),
        hkdf(image_key, lp("argon2id salt") + lp(tenant_id), 32),
        time_cost=3,
        memory_cost=65536,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
        version=0x13,
    )
    return Secrets(
        hkdf(image_key, lp("possession") + lp(tenant_id), 32),
        hkdf(image_key + stretched, lp("knowledge") + lp(tenant_id), 32),
        described(pin, pattern, grid),
    )


def quickly(
    picture: str = "picture", known: str = "482913", desc: bytes = b"\x03\x06\x03"
) -> Secrets:
    """Secrets without the slow hash: the server cannot tell, for it never sees where they are from."""
    return Secrets(
        sha256(f"p {picture}".encode()).digest(),
        sha256(f"k {picture} {known}".encode()).digest(),
        desc,
    )


@dataclass
class ImageClient:
    """One person's page. `challenge_data` goes into `receive`; forms come out."""

    tenant_id: str
    username: str
    origin: str
    secrets: Secrets
    auth_req_id: str = ""
    private: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    challenge_id: bytes = b""
    nonce: bytes = b""
    ttl_seconds: int = 0
    server_key_hash: bytes = b""

    @property
    def cipher_key(self) -> str:
        return b64u(self.private.public_key().public_bytes_raw())

    def receive(self, challenge_data: str) -> None:
        """§4.1. Fails as a page would if the answer is not for this client."""
        raw = raw_of(challenge_data)
        assert len(challenge_data) == 176
        assert raw[0] == 1
        info = (
            lp("SVZKP-1 challenge") + lp(self.tenant_id) + lp(self.username) + lp(self.auth_req_id)
        )
        plain = unseal(raw[1:], self.private, info)
        assert len(plain) == 83
        assert plain[0] == 1
        self.challenge_id, self.nonce = plain[1:17], plain[17:49]
        self.ttl_seconds = int.from_bytes(plain[49:51], "big")
        self.server_key_hash = plain[51:83]

    def statement(
        self, role: int, purpose: int, extra: bytes, secrets: Secrets | None = None
    ) -> bytes:
        """§3, M(role, purpose)."""
        whose = secrets or self.secrets
        return (
            lp("SVZKP-1 proof")
            + bytes([role, purpose])
            + lp(self.tenant_id)
            + lp(self.username)
            + lp(self.origin)
            + lp(self.auth_req_id)
            + self.challenge_id
            + self.nonce
            + self.private.public_key().public_bytes_raw()
            + self.server_key_hash
            + whose.c_p
            + (whose.c_k if role == 2 else b"")
            + lp(extra)
        )

    def proofs(self, purpose: int, extra: bytes = b"", secrets: Secrets | None = None) -> bytes:
        """Both proofs, R ‖ s each."""
        whose = secrets or self.secrets
        return b"".join(
            Ed25519PrivateKey.from_private_bytes(seed).sign(
                self.statement(role, purpose, extra, whose)
            )
            for role, seed in ((1, whose.seed_p), (2, whose.seed_k))
        )

    def answer(
        self,
        public: bytes,
        purpose: int = LOGIN,
        *,
        new_email: str = "",
        ikm: bytes | None = None,
    ) -> str:
        """§4.2: the `challenge_data` of Authenticate and Update Email."""
        extra = lp(new_email) if purpose == UPDATE_EMAIL else b""
        return self.answer_with(public, purpose, self.proofs(purpose, extra), ikm=ikm)

    def answer_with(
        self, public: bytes, purpose: int, proofs: bytes, *, ikm: bytes | None = None
    ) -> str:
        info = (
            lp("SVZKP-1 response")
            + bytes([purpose])
            + lp(self.tenant_id)
            + lp(self.username)
            + lp(self.auth_req_id)
            + self.challenge_id
        )
        sealed = seal(bytes([1, purpose]) + proofs, public, info, ikm)
        return b64u(b"\x01" + self.server_key_hash[:8] + sealed)

    def commit(
        self,
        public: bytes,
        purpose: int,
        *,
        email: str = "",
        code: str = "",
        new: Secrets | None = None,
        ikm: bytes | None = None,
    ) -> str:
        """§4.3: the `encrypted_commitment` of Register, Reset and Change (`new`: what replaces)."""
        fresh = new or self.secrets
        stated = lp(email) if purpose == REGISTER else lp(code) if purpose == RESET else b""
        proofs = self.proofs(purpose, stated + fresh.desc, fresh)
        if purpose == CHANGE_NEW:
            proofs += self.proofs(CHANGE_OLD, fresh.c_p + fresh.c_k + fresh.desc)
        return self.commit_with(public, purpose, fresh, proofs, ikm=ikm)

    def commit_with(
        self,
        public: bytes,
        purpose: int,
        fresh: Secrets,
        proofs: bytes,
        *,
        points: bytes | None = None,
        ikm: bytes | None = None,
    ) -> str:
        info = (
            lp("SVZKP-1 commitment")
            + bytes([purpose])
            + lp(self.tenant_id)
            + lp(self.username)
            + lp(self.auth_req_id)
        )
        plain = (
            bytes([1, purpose])
            + self.challenge_id
            + (points or fresh.c_p + fresh.c_k)
            + fresh.desc
            + proofs
        )
        return b64u(b"\x01" + self.server_key_hash[:8] + seal(plain, public, info, ikm))

    def beside(self) -> "ImageClient":
        """Another attempt of the same person: a key of its own, no challenge yet."""
        return replace(self, private=X25519PrivateKey.generate(), challenge_id=b"", nonce=b"")
