"""Registration over HTTP (contract 2.4 operation 1, 2.5, protocol §4.3)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as outgoing

from authn.authenticators.models import VisualSecret
from authn.login.models import LoginAttempt
from identity.outbox import relay
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.authn.facades.native.pages import NativePage
from tests.builders.clients import a_client
from tests.builders.people import a_user
from tests.builders.signing_in import Browser
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import REGISTER, quickly

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT = {"ip_attempts_limit": 1_000}
EVA = "eva@example.com"


@pytest.fixture
def tenant() -> Tenant:
    """Anybody may register."""
    return a_tenant(register_enable=True, block=PATIENT)


def people(tenant: Tenant) -> list[User]:
    with tenant_scope(tenant.id):
        return list(User.objects.order_by("username"))


def letters() -> list[Any]:
    relay.drain()
    return list(outgoing.outbox)


def test_who_registers_signs_in_with_the_picture(tenant: Tenant) -> None:
    """Contract 2.4, operation 1: 201 null; the address is to be verified, a code is on its way."""
    page = NativePage(tenant, "eva")
    answer = page.ask().register(EVA)

    assert (answer.status_code, answer.content) == (201, b"null")
    (eva,) = people(tenant)
    assert (eva.username, eva.email, eva.is_verified) == ("eva", EVA, False)
    assert [letter.to for letter in letters()] == [[EVA]]
    signed_in = NativePage(tenant, "eva").ask().authenticate()
    assert (signed_in.status_code, signed_in.json()["need_verify"]) == (200, True)


def test_the_mailed_code_verifies_the_address(tenant: Tenant) -> None:
    """Contract 2.11: POST /api/auth/email/verify `{username, code}`."""
    page = NativePage(tenant, "eva")
    page.ask().register(EVA)
    found = re.search(r"^    (\S{4} \S{4})$", str(letters()[0].body), re.MULTILINE)
    assert found is not None
    code = found.group(1)

    wrong = page.send("/api/auth/email/verify", {"username": "eva", "code": "AAAA AAAA"})
    nobody = page.send("/api/auth/email/verify", {"username": "nobody", "code": code})
    right = page.send("/api/auth/email/verify", {"username": "eva", "code": code.lower()})
    again = page.send("/api/auth/email/verify", {"username": "eva", "code": code})

    assert (right.status_code, right.content) == (200, b"null")
    assert wrong.status_code == nobody.status_code == again.status_code == 401
    assert wrong.content == nobody.content == again.content
    assert people(tenant)[0].is_verified is True


@pytest.mark.parametrize("name", ["eva", "ada", "nobody"])
def test_another_code_is_asked_for_in_the_dark(tenant: Tenant, name: str) -> None:
    """Contract 2.11, EN03: the same answer for who is unverified, verified, and nobody."""
    a_user(tenant, "eva", is_verified=False)
    a_user(tenant, "ada")

    answers = [
        NativePage(tenant, name).send("/api/auth/email/resend", {"username": name})
        for _ in range(3)
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"null")}
    assert [letter.to for letter in letters()] == ([[EVA]] if name == "eva" else [])


def test_a_taken_address_is_told_to_its_owner_alone(tenant: Tenant) -> None:
    """EN04: "201 and notice mail to its owner, always"."""
    a_user(tenant, "ada", email=EVA)
    fresh = NativePage(tenant, "bob").ask().register("bob@example.com")
    letters()
    outgoing.outbox.clear()

    taken = NativePage(tenant, "eva").ask().register("EVA@example.com")

    assert (taken.status_code, taken.content) == (fresh.status_code, fresh.content)
    assert [user.username for user in people(tenant)] == ["ada", "bob"]
    (letter,) = letters()
    assert letter.to == [EVA]
    assert "account" in letter.subject


def test_a_taken_user_name_is_said_and_costs_the_asker() -> None:
    """EN04: "user name: 409, address-limited"."""
    tenant = a_tenant(register_enable=True, block={"ip_attempts_limit": 3})
    a_user(tenant, "eva")

    statuses = [
        NativePage(tenant, "EVA").ask().register(f"x{number}@example.com").status_code
        for number in range(4)
    ]

    assert statuses == [409, 409, 409, 429]
    assert len(people(tenant)) == 1


def test_without_user_names_an_address_is_enough() -> None:
    """Contract 2.5: `has_username_and_email=false`: "the e-mail is stored as username too"; "201
    always"."""
    tenant = a_tenant(register_enable=True, block=PATIENT, has_username_and_email=False)
    address = "eva+mail@example.com"

    first = NativePage(tenant, address).ask().register(address)
    second = NativePage(tenant, address).ask().register(address)
    other = NativePage(tenant, "eva").ask().register(address)

    assert first.status_code == second.status_code == 201
    assert other.status_code == 422
    (eva,) = people(tenant)
    assert (eva.username, eva.email) == (address, address)


def test_closed_registration_stays_closed() -> None:
    """PR13: off: direct POST: 403; an application may close it too (contract 2.5)."""
    closed = a_tenant()
    assert NativePage(closed, "eva").ask().register(EVA).status_code == 403

    tenant = a_tenant(register_enable=True)
    page_of: dict[bool, NativePage] = {}
    for is_open in (False, True):
        client = a_client(tenant, f"app-{is_open}".lower(), register_enable=is_open).client
        attempt = Browser(tenant).start().partition("auth_req_id=")[2]
        with tenant_scope(tenant.id):
            LoginAttempt.objects.filter(public_id=attempt).update(client=client)
        page_of[is_open] = NativePage(tenant, "eva", auth_req_id=attempt)

    assert page_of[False].ask().register(EVA).status_code == 403
    assert page_of[True].ask().register(EVA).status_code == 201


@pytest.mark.parametrize(
    ("username", "changes", "field"),
    [
        ("e va", {}, "username"),
        ("eva ", {}, "username"),
        ("eva", {"email": "eva"}, "email"),
        ("eva", {"email": "eva@example.com\r\nBcc: a@example.com"}, "email"),
        ("eva", {"proto_version": "svzkp-0"}, "proto_version"),
        ("eva", {"encrypted_commitment": "A" * 531}, "encrypted_commitment"),
        ("eva", {"encrypted_commitment": ""}, "encrypted_commitment"),
    ],
)
def test_malformed_registrations_are_named(
    tenant: Tenant, username: str, changes: dict[str, str], field: str
) -> None:
    """Contract 2.3, 2.5: "unknown version 422" (ZK11); PR11."""
    answer = NativePage(tenant, username).ask().register(EVA, **changes)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]
    assert people(tenant) == []


def other_address(page: NativePage) -> Any:
    return page.register("mallory@example.com", email=EVA)


def other_name(page: NativePage) -> Any:
    return page.register(EVA, username="mallory")


def other_factors(page: NativePage) -> Any:
    page.client.secrets = quickly(desc=b"\x01\x04\x00")
    return page.register(EVA)


def equal_points(page: NativePage) -> Any:
    secrets = page.client.secrets
    page.client.secrets = type(secrets)(secrets.seed_p, secrets.seed_p, secrets.desc)
    return page.register(EVA)


def degenerate_points(page: NativePage) -> Any:
    key, fresh = page.server_key(), page.client.secrets
    points = b"\x01" + bytes(31) + fresh.c_k
    proofs = page.client.proofs(REGISTER)
    sealed = page.client.commit_with(key, REGISTER, fresh, proofs, points=points)
    return page.register(EVA, encrypted_commitment=sealed)


def twice(page: NativePage) -> Any:
    assert page.register("mallory@example.com", email=EVA).status_code == 401
    return page.register(EVA)


@pytest.mark.parametrize(
    "misuse", [other_address, other_name, other_factors, equal_points, degenerate_points, twice]
)
def test_bent_registrations_are_one_answer(
    tenant: Tenant, misuse: Callable[[NativePage], Any]
) -> None:
    """ZK02, ZK05, ZK07, protocol §6 R2 to R5: 401 with the constant body, nobody created."""
    answer = misuse(NativePage(tenant, "eva").ask())

    assert (answer.status_code, answer.content) == (401, b'{"detail":"invalid_credentials"}')
    assert people(tenant) == []


def test_one_name_many_times_at_once_is_one_person(tenant: Tenant) -> None:
    """PR14: exactly one row; the others hear 409."""
    pages = [NativePage(tenant, "eva", address=f"203.0.113.{n}").ask() for n in range(8)]
    forms = [
        (page, page.client.commit(page.server_key(), REGISTER, email=f"e{n}@example.com"))
        for n, page in enumerate(pages)
    ]

    def go(page: NativePage, sealed: str, number: int) -> Callable[[], Any]:
        return lambda: page.register(f"e{number}@example.com", encrypted_commitment=sealed)

    answers: list[Any] = at_once(
        [go(page, sealed, number) for number, (page, sealed) in enumerate(forms)]
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    with tenant_scope(tenant.id):
        assert VisualSecret.objects.count() == 1
