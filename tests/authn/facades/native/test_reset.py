"""A new picture by a mailed code (contract 2.4 operations 9 and 10, 2.5, security.md 3.22)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as outgoing
from django.utils import timezone

from authn.authenticators.zkp import enrolment
from authn.recovery.models import ResetCode
from authn.sessions.models import LoginSession
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.outbox import relay
from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User
from tests.authn.facades.native.pages import NativePage
from tests.builders.clients import a_client
from tests.builders.people import a_user
from tests.builders.pictures import enrolled
from tests.builders.signing_in import Browser, a_person
from tests.builders.tenants import a_tenant
from tests.devices.at_once import at_once
from tests.devices.image_client import RESET, quickly

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT = {"ip_attempts_limit": 1_000, "user_attempts_limit": 1_000}
REFUSED = (401, b'{"detail":"invalid_credentials"}')
ADA = {"username": "ada", "email": "ada@example.com"}
NEW = quickly("a new picture")


@pytest.fixture
def tenant() -> Tenant:
    """Ada has a picture, a password and a session."""
    made = a_tenant(block=PATIENT)
    enrolled(made, a_person(made, "ada"), quickly())
    Browser(made).sign_in("ada")
    return made


def ask(tenant: Tenant, form: Any = None, query: str | None = None) -> Any:
    return NativePage(tenant, "ada").send("/api/auth/password/reset", form or ADA, query=query)


def letters() -> list[Any]:
    outgoing.outbox.clear()
    relay.drain()
    return [letter for letter in outgoing.outbox if "new picture" in letter.subject]


def mailed(tenant: Tenant, form: Any = None) -> str:
    """The code that a request brings."""
    assert ask(tenant, form).status_code == 200
    (letter,) = letters()
    found = re.search(r"^    (\S{4} \S{4})$", str(letter.body), re.MULTILINE)
    assert found is not None
    return found.group(1)


def a_page(tenant: Tenant, name: str = "ada") -> NativePage:
    return NativePage(tenant, name, NEW).ask()


def test_a_mailed_code_sets_a_new_picture_and_ends_everything_else(tenant: Tenant) -> None:
    """Contract 2.5: "Success revokes all sessions and refresh tokens, opens no session"; PR06."""
    code = mailed(tenant)
    answer = a_page(tenant).reset(code)

    assert (answer.status_code, answer.content) == (200, b"null")
    assert not answer.cookies
    with tenant_scope(tenant.id):
        assert LoginSession.objects.live().count() == 0
    assert NativePage(tenant, "ada", NEW).ask().authenticate().status_code == 200
    assert NativePage(tenant, "ada").ask().authenticate().status_code == 401


def test_somebody_whom_an_operator_made_gets_a_first_picture(tenant: Tenant) -> None:
    """Protocol §4.4: "Also the enrolment path for users created by operators"; the code proves the
    address."""
    a_user(tenant, "bob", is_verified=False)
    code = mailed(tenant, {"username": "bob", "email": "BOB@example.com"})

    assert a_page(tenant, "bob").reset(code).status_code == 200
    signed_in = NativePage(tenant, "bob", NEW).ask().authenticate()
    assert signed_in.json()["need_verify"] is False


@pytest.mark.parametrize(
    "form",
    [
        ADA,
        {"username": "ada", "email": "eve@example.com"},
        {"username": "nobody", "email": "ada@example.com"},
        {"username": "ada", "email": "no address"},
        {"username": "off", "email": "off@example.com"},
        {"username": "ada", "email": "ada@example.com\r\nBcc: eve@example.com"},
    ],
)
def test_asking_tells_nobody_anything(tenant: Tenant, form: dict[str, str]) -> None:
    """EN03, PR04, PR11: the same answer and the same rows; a letter to the stored address or none."""
    accounts.deactivate(user=a_user(tenant, "off"), actor=SYSTEM)
    with platform_scope():
        before = Message.objects.count(), Event.objects.count()
    answer = ask(tenant, form)

    assert (answer.status_code, answer.content) == (200, b"null")
    with platform_scope():
        assert (Message.objects.count(), Event.objects.count()) == (before[0] + 1, before[1] + 1)
    assert [letter.to for letter in letters()] == ([["ada@example.com"]] if form == ADA else [])


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_nobodys_mailbox_is_filled(tenant: Tenant, name: str) -> None:
    """PR09: "≤3 mails/h/account, per-IP cap; uniform answers"."""
    form = {"username": name, "email": "ada@example.com"}
    statuses = [ask(tenant, form).status_code for _ in range(62)]

    assert statuses[:59] == [200] * 59
    assert statuses[61] == 429
    with platform_scope():
        assert Message.objects.filter(topic="mail.password_reset").count() == 3


def test_asking_too_often_blocks_no_sign_in(tenant: Tenant) -> None:
    """PR09: asking is counted apart from wrong answers."""
    for _ in range(62):
        ask(tenant)

    assert NativePage(tenant, "ada").ask().authenticate().status_code == 200


def wrong_code(page: NativePage, code: str) -> Any:
    return page.reset("AAAA AAAA")


def code_not_in_proof(page: NativePage, code: str) -> Any:
    sealed = page.client.commit(page.server_key(), RESET, code="AAAA AAAA")
    return page.reset(code, encrypted_commitment=sealed)


def for_nobody(page: NativePage, code: str) -> Any:
    return a_page(page.tenant, "nobody").reset(code)


def for_somebody_else(page: NativePage, code: str) -> Any:
    a_user(page.tenant, "bob")
    return a_page(page.tenant, "bob").reset(code)


def with_space_around(page: NativePage, code: str) -> Any:
    return a_page(page.tenant, "ada ").reset(code)


def twice(page: NativePage, code: str) -> Any:
    assert page.reset(code).status_code == 200
    return a_page(page.tenant).reset(code)


def too_late(page: NativePage, code: str) -> Any:
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        return a_page(page.tenant).reset(code)


def after_a_newer_one(page: NativePage, code: str) -> Any:
    newer = mailed(page.tenant)
    assert newer != code
    return page.reset(code)


def after_another_address(page: NativePage, code: str) -> Any:
    with tenant_scope(page.tenant.id):
        ada = User.objects.get(username="ada")
    accounts.update(user=ada, email="moved@example.com", actor=SYSTEM)
    return page.reset(code)


def after_the_picture_went(page: NativePage, code: str) -> Any:
    with tenant_scope(page.tenant.id):
        ada = User.objects.get(username="ada")
    enrolment.remove(user=ada, actor=SYSTEM)
    return page.reset(code)


def after_five_tries(page: NativePage, code: str) -> Any:
    for _ in range(5):
        assert a_page(page.tenant).reset("AAAA AAAA").status_code == 401
    return page.reset(code)


@pytest.mark.parametrize(
    "misuse",
    [
        wrong_code,
        code_not_in_proof,
        for_nobody,
        for_somebody_else,
        with_space_around,
        twice,
        too_late,
        after_a_newer_one,
        after_another_address,
        after_the_picture_went,
        after_five_tries,
    ],
)
def test_what_is_no_live_code_is_one_answer(
    tenant: Tenant, misuse: Callable[[NativePage, str], Any]
) -> None:
    """PR01, PR02, ZK02, ZK07, contract 2.5 ("10 minutes, 5 tries, bound to the user"): refused."""
    answer = misuse(a_page(tenant), mailed(tenant))

    assert (answer.status_code, answer.content) == REFUSED


def test_a_code_many_times_at_once_is_one_reset(tenant: Tenant) -> None:
    """PR01: parallel uses with different pictures: one."""
    code = mailed(tenant)
    pages = [NativePage(tenant, "ada", quickly(f"picture {n}")).ask() for n in range(8)]
    sealed = [page.client.commit(page.server_key(), RESET, code=code) for page in pages]

    def go(page: NativePage, envelope: str) -> Callable[[], Any]:
        return lambda: page.reset(code, encrypted_commitment=envelope)

    answers: list[Any] = at_once([go(*pair) for pair in zip(pages, sealed, strict=True)])

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


def test_neither_queue_nor_table_nor_trail_holds_a_code(tenant: Tenant) -> None:
    """Contract 2.5: "stored as digests"; protocol §6: never log codes."""
    code = mailed(tenant)
    a_page(tenant).reset("AAAA AAAA")

    with platform_scope():
        kept = [
            str(row)
            for model in (Message, Event, ResetCode)
            for row in model._default_manager.values()
        ]
    plain = code.replace(" ", "")
    assert not [row for row in kept if code in row or plain in row or "AAAA AAAA" in row]


def test_the_application_must_be_one_of_the_tenants(tenant: Tenant) -> None:
    """Contract 2.4, operation 9: query `client_id`, `tenant_id`."""
    a_client(tenant, "web")

    assert ask(tenant, query=f"client_id=web&tenant_id={tenant.slug}").status_code == 200
    assert ask(tenant, query=f"client_id=no&tenant_id={tenant.slug}").status_code == 404
    assert ask(tenant, query="client_id=web").status_code == 422
