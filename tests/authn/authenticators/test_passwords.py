"""Passwords: chosen well, verified in constant work, upgraded on use."""

import unicodedata

import pytest
from nacl import pwhash

from authn.authenticators import hashing, passwords
from authn.authenticators.models import Password
from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Invalid
from identity.tenancy.scope import tenant_scope
from tests.builders.people import a_user
from tests.builders.tenants import a_tenant

GOOD = "four seals on a grey harbour"


def test_a_verifier_has_the_parameters_of_the_house() -> None:
    """Argon2id m=19 MiB, t=2, p=1."""
    verifier = hashing.make(GOOD)

    assert verifier.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashing.matches(GOOD, verifier)
    assert not hashing.matches(GOOD + " ", verifier)
    assert not hashing.matches(GOOD, None)


@pytest.mark.parametrize("verifier", ["", "plain", "$argon2id$v=19$broken", "$2b$12$abc"])
def test_a_broken_verifier_is_no_match_and_no_error(verifier: str) -> None:
    """A damaged row refuses; it does not answer 500."""
    assert not hashing.matches(GOOD, verifier)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [
        "fourteen chars",  # 14: one short of what NIST asks for a sole factor
        "x" * 1_025,
        "a" * 20,
        "abcabcabcabcabcabc",
        "1234567890123456",
        "lkjhgfdsapoiuytrewq",
        "harbour-logistics-ada",  # names that everybody knows
        "ada.byron@example.com",
        "a password with \x00 in it",
    ],
)
def test_a_password_that_guessers_try_first_is_refused(password: str) -> None:
    """PR17, BF18, BF19: length, common, context words, NUL."""
    tenant = a_tenant(display_name="Harbour Logistics")
    user = a_user(tenant, "ada", email="ada.byron@example.com")

    with pytest.raises(Invalid):
        passwords.set_password(user=user, password=password, actor=SYSTEM)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [GOOD, "x9" + "long passphrase " * 10, "λιμάνι με τέσσερις σφραγίδες", "  outer spaces kept  "],
)
def test_a_long_password_of_any_script_is_accepted_and_only_it_verifies(password: str) -> None:
    """BF18: 64 characters and more; every character counts, none is trimmed (BF19)."""
    user = a_user(a_tenant())
    passwords.set_password(user=user, password=password, actor=SYSTEM)

    with tenant_scope(user.tenant_id):
        assert passwords.verify(user=user, password=password)
        assert not passwords.verify(user=user, password=password[:-1])
        assert not passwords.verify(user=user, password=password.strip() + "!")


@pytest.mark.django_db
def test_the_same_keys_are_one_password_on_two_systems() -> None:
    """BF19: set in NFD, sign in with NFC."""
    user = a_user(a_tenant())
    composed = unicodedata.normalize("NFC", "größere Hafenkräne im Mai")
    passwords.set_password(user=user, password=unicodedata.normalize("NFD", composed), actor=SYSTEM)

    with tenant_scope(user.tenant_id):
        assert passwords.verify(user=user, password=composed)


@pytest.mark.django_db
def test_nobody_and_a_person_without_a_password_never_match() -> None:
    """BF17: passwordless accounts never succeed."""
    user = a_user(a_tenant())

    with tenant_scope(user.tenant_id):
        assert not passwords.verify(user=user, password=GOOD)
        assert not passwords.verify(user=None, password=GOOD)
        assert not passwords.verify(user=None, password="nobody bears this password")


@pytest.mark.django_db
def test_a_verifier_of_other_parameters_is_replaced_at_its_next_use() -> None:
    """Upgraded on use; a wrong password upgrades nothing."""
    user = a_user(a_tenant())
    passwords.set_password(user=user, password=GOOD, actor=SYSTEM)
    old = pwhash.argon2id.str(GOOD.encode(), opslimit=3, memlimit=8 * 1024 * 1024).decode()
    with tenant_scope(user.tenant_id):
        Password.objects.filter(user=user).update(verifier=old)

        assert not passwords.verify(user=user, password="wrong" + GOOD)
        assert Password.objects.get(user=user).verifier == old
        assert passwords.verify(user=user, password=GOOD)
        assert not hashing.is_outdated(Password.objects.get(user=user).verifier)
        assert passwords.verify(user=user, password=GOOD)


@pytest.mark.django_db
@pytest.mark.parametrize("is_known", [True, False])
def test_nobody_costs_the_same_statements_as_somebody(
    django_assert_num_queries: object, *, is_known: bool
) -> None:
    """EN02: same work for unknown users."""
    user = a_user(a_tenant())
    passwords.set_password(user=user, password=GOOD, actor=SYSTEM)

    with tenant_scope(user.tenant_id), django_assert_num_queries(1):  # type: ignore[operator]
        passwords.verify(user=user if is_known else None, password="not this one at all")
