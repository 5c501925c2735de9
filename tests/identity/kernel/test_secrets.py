"""Secrets do not show themselves, weak ones are refused, sealed values stay in their place."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.kernel import cipher, secrets
from identity.kernel.errors import Invalid
from identity.kernel.identifiers import uuid7


def test_a_secret_shows_itself_only_when_asked() -> None:
    """IJ02: no secret in any log."""
    secret = secrets.generate("scs_")

    assert secret.reveal() not in repr(secret)
    assert secret.reveal() not in f"{secret}"
    assert secret.reveal().startswith("scs_")


def test_a_generated_secret_carries_256_bits_and_never_repeats() -> None:
    """TK18: at least 120 bit, no duplicates, typed prefix."""
    made = {secrets.generate("sac_").reveal() for _ in range(2_000)}

    assert len(made) == 2_000
    assert all(len(value) == len("sac_") + 43 for value in made)


def test_an_api_key_has_the_form_that_the_contract_fixes() -> None:
    """Contract 6.13: `api_` + 24 base36."""
    assert re.fullmatch(r"api_[a-z0-9]{24}", secrets.generate_api_key().reveal())


@pytest.mark.parametrize(
    "value",
    [
        "short",
        "a" * 40,
        "abc" * 10,
        "abcabcabcabcabcabcabcabcab",
        "0123" * 8,
        "aaaaaaaabbbbbbbbaaaaaaaa",
    ],
)
def test_a_given_secret_that_can_be_guessed_is_refused(value: str) -> None:
    """Given secrets below 24 characters or of one repeated pattern are refused."""
    with pytest.raises(Invalid):
        secrets.require_strong(value, "client_secret")


def test_a_random_given_secret_is_accepted() -> None:
    """The refusal above is not a refusal of everything."""
    value = secrets.generate("").reveal()

    assert secrets.require_strong(value, "client_secret") == value


def test_digests_differ_by_purpose() -> None:
    """A refresh token is no authorization code, whatever table its digest stands in."""
    assert secrets.digest("x", "code") != secrets.digest("x", "refresh")
    assert secrets.digest("x", "code") == secrets.digest("x", "code")


@given(plaintext=st.binary(max_size=200), aad=st.text(max_size=40))
def test_what_was_sealed_opens_in_its_place_only(plaintext: bytes, aad: str) -> None:
    """A row copied to another place does not open."""
    sealed = cipher.seal(plaintext, aad)

    assert cipher.open_sealed(sealed, aad) == plaintext
    with pytest.raises(cipher.CannotOpen):
        cipher.open_sealed(sealed, aad + "x")


def test_a_changed_sealed_value_does_not_open() -> None:
    """GCM's tag covers every byte."""
    version, key_id, encoded = cipher.seal(b"plain", "here").split(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    raw[-1] ^= 1
    changed = f"{version}.{key_id}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"

    with pytest.raises(cipher.CannotOpen):
        cipher.open_sealed(changed, "here")


def test_a_rotated_keyring_seals_with_the_new_key_and_opens_with_the_old() -> None:
    """FT15: secrets stay readable while keys rotate."""
    old = base64.b64encode(b"o" * 32).decode()
    new = base64.b64encode(b"n" * 32).decode()

    ring = cipher.parse_keyring(f"k2:{new},k1:{old}")

    assert ring.active_id == "k2"
    assert ring.root == b"o" * 32


@pytest.mark.parametrize("text", ["", "k1", "k1:", "k1:AAAA", "k-1:x", "k1:!!"])
def test_a_malformed_keyring_is_named(text: str) -> None:
    """Boot names what is malformed."""
    with pytest.raises(ValueError, match="key"):
        cipher.parse_keyring(text)


def test_primary_keys_are_uuid7_and_grow_with_time() -> None:
    """RFC 9562 §5.7: 48 bits of milliseconds first, version 7, variant 10."""
    made = [uuid7() for _ in range(1_000)]

    assert {value.version for value in made} == {7}
    assert {value.variant for value in made} == {"specified in RFC 4122"}
    assert made[0].int >> 80 <= made[-1].int >> 80
    assert len(set(made)) == 1_000
