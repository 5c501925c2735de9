"""Submissions bent in every way a wire can bend: nothing is accepted, nothing breaks."""

import random
from collections.abc import Callable
from typing import Any, Final

import pytest

from authn.authenticators.models import VisualSecret
from authn.login.models import SignInTicket
from identity.audit.models import Event
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.authn.facades.native.pages import NativePage
from tests.builders.people import a_user
from tests.builders.pictures import enrolled
from tests.builders.tenants import a_tenant
from tests.devices.image_client import LOGIN, REGISTER, b64u, quickly, raw_of
from tests.sizes import SEED, Record, sized

ORDER: Final = 2**252 + 27742317777372353535851937790883648493
EMAIL: Final = "eva@example.com"
Mutation = Callable[[random.Random, dict[str, Any], NativePage], dict[str, Any]]


def _text_of(dice: random.Random, form: dict[str, Any]) -> str:
    return dice.choice([name for name, value in form.items() if isinstance(value, str)])


def cut(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    name = _text_of(dice, form)
    return form | {name: form[name][: dice.randrange(len(form[name]))]}


def longer(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    name = _text_of(dice, form)
    return form | {name: form[name] + dice.choice("A=-_+/ \u00e9") * dice.randrange(1, 9)}


def another_letter(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    name = dice.choice([n for n in form if n not in {"username", "email", "proto_version"}])
    place, old = dice.randrange(len(form[name])), form[name]
    letter = dice.choice([c for c in "ABCxyz019-_=+/ \n\u00fc" if c != old[place]])
    return form | {name: old[:place] + letter + old[place + 1 :]}


def another_bit(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    name = dice.choice([n for n in form if n not in {"username", "email", "proto_version"}])
    raw = bytearray(raw_of(form[name]))
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return form | {name: b64u(bytes(raw))}


def another_type(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    odd: list[Any] = [None, 0, -1, 1.5, True, [], ["x"], {}, {"a": {}}, "\x00", "\ud800", ""]
    return form | {_text_of(dice, form): dice.choice(odd)}


def missing(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    gone = _text_of(dice, form)
    return {name: value for name, value in form.items() if name != gone}


def another_name(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    return form | {"username": dice.choice(["bob", "nobody", "Ada", "ada ", "ad\u0430"])}


def sealed_to_nobody(dice: random.Random, form: dict[str, Any], _: NativePage) -> dict[str, Any]:
    name = "challenge_data" if "challenge_data" in form else "encrypted_commitment"
    length = len(raw_of(form[name]))
    return form | {name: b64u(raw_of(form[name])[:9] + dice.randbytes(length - 9))}


def bent_scalar(dice: random.Random, form: dict[str, Any], page: NativePage) -> dict[str, Any]:
    """s + L, an other s, an other R, -R: inside of a well-sealed message."""
    if "challenge_data" not in form:
        return sealed_to_nobody(dice, form, page)
    proofs = bytearray(page.client.proofs(LOGIN))
    start = dice.choice([0, 64])
    kind = dice.randrange(4)
    if kind == 0:
        scalar = int.from_bytes(proofs[start + 32 : start + 64], "little") + ORDER
        proofs[start + 32 : start + 64] = scalar.to_bytes(32, "little")
    elif kind == 1:
        proofs[start + 32 + dice.randrange(31)] ^= 1 << dice.randrange(8)
    elif kind == 2:
        proofs[start + 31] ^= 0x80
    else:
        proofs[start : start + 32] = dice.choice([bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
    return form | {
        "challenge_data": page.client.answer_with(page.server_key(), LOGIN, bytes(proofs))
    }


def bent_point(dice: random.Random, form: dict[str, Any], page: NativePage) -> dict[str, Any]:
    """Commitments that are no points, or degenerate ones, inside of a well-sealed message."""
    if "encrypted_commitment" not in form:
        return bent_scalar(dice, form, page)
    odd = dice.choice([bytes(32), b"\x01" + bytes(31), b"\xff" * 32, dice.randbytes(32)])
    fresh = page.client.secrets
    points = dice.choice([odd + fresh.c_k, fresh.c_p + odd, odd + odd, fresh.c_k + fresh.c_p])
    sealed = page.client.commit_with(
        page.server_key(), REGISTER, fresh, page.client.proofs(REGISTER), points=points
    )
    return form | {"encrypted_commitment": sealed}


def other_secrets(dice: random.Random, form: dict[str, Any], page: NativePage) -> dict[str, Any]:
    """Proofs of somebody else's secrets, with everything else in order."""
    other = quickly(dice.choice(["other", "picture"]), "999999")
    if "challenge_data" in form:
        proofs = page.client.proofs(LOGIN, secrets=other)
        answer = page.client.answer_with(page.server_key(), LOGIN, proofs)
        return form | {"challenge_data": answer}
    proofs = page.client.proofs(REGISTER, secrets=other)
    sealed = page.client.commit_with(page.server_key(), REGISTER, page.client.secrets, proofs)
    return form | {"encrypted_commitment": sealed}


MUTATIONS: Final[tuple[Mutation, ...]] = (
    cut,
    longer,
    another_letter,
    another_bit,
    another_type,
    missing,
    another_name,
    sealed_to_nobody,
    bent_scalar,
    bent_point,
    other_secrets,
)


def counted(tenant: Tenant) -> tuple[int, int, int, int]:
    """Tickets, pictures, people, and refusals in the audit trail."""
    with tenant_scope(tenant.id):
        return (
            SignInTicket.objects.count(),
            VisualSecret.objects.count(),
            User.objects.count(),
            Event.objects.exclude(reason="").count(),
        )


@pytest.mark.soak
@pytest.mark.django_db
def test_bent_submissions_are_refused_and_remembered(record_property: Record) -> None:
    """Issue 3: mutated submissions: "no 5xx, nothing accepted, audit rows for all"; ZK05, ZK07."""
    tenant = a_tenant(
        register_enable=True, block={"ip_attempts_limit": 1_000_000, "user_attempts_limit": 100_000}
    )
    other = a_tenant(register_enable=True, block={"ip_attempts_limit": 1_000_000})
    for name in ("ada", "bob"):
        enrolled(tenant, a_user(tenant, name), quickly(name))
    dice, rounds = random.Random(SEED), sized(500, 10_000)
    record_property("rounds", rounds)
    before, before_other = counted(tenant), counted(other)
    elsewhere = 0
    for number in range(rounds):
        is_login = number % 2 == 0
        page = NativePage(tenant, "ada", quickly("ada")) if is_login else NativePage(tenant, "eva")
        page.ask()
        form = page.proof_form() if is_login else _registration(page)
        mutate = dice.choice(MUTATIONS)
        query = None
        if dice.random() < 0.1:
            query, elsewhere = f"tenant_id={other.slug}", elsewhere + 1
        bent = mutate(dice, form, page)
        path = "/api/auth/authenticate" if is_login else "/api/auth/register"
        answer = page.send(path, bent, query=query)
        assert answer.status_code in {401, 422}, (number, mutate.__name__, answer.content, bent)
        if answer.status_code == 401:
            assert answer.content == b'{"detail":"invalid_credentials"}'

    after, after_other = counted(tenant), counted(other)
    assert after[:3] == before[:3]
    assert after_other[:3] == before_other[:3]
    assert after[3] - before[3] == rounds - elsewhere
    assert after_other[3] - before_other[3] == elsewhere


def _registration(page: NativePage) -> dict[str, Any]:
    return {
        "username": page.username,
        "email": EMAIL,
        "encrypted_commitment": page.client.commit(page.server_key(), REGISTER, email=EMAIL),
        "proto_version": "svzkp-1",
    }
