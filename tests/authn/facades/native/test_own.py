"""Changing the picture and the address over HTTP (contract 2.4 operation 11, 2.7 operation 28)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as outgoing
from django.utils import timezone

from authn.authenticators import api_keys
from authn.sessions import grants, tokens
from authn.sessions.models import LoginSession
from identity.kernel.actors import SYSTEM
from identity.outbox import relay
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.authn.facades.native.pages import NativePage
from tests.builders.clients import a_client
from tests.builders.people import a_user
from tests.builders.pictures import enrolled
from tests.builders.signing_in import Browser, a_person
from tests.builders.tenants import a_tenant
from tests.devices.image_client import UPDATE_EMAIL, b64u, quickly

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = (401, b'{"detail":"invalid_credentials"}')
NEW = quickly("a new picture", "135790")


@dataclass
class Person:
    """Somebody signed in here and elsewhere, with a picture and a token for their account."""

    tenant: Tenant
    user: User
    session: LoginSession
    bearer: str

    def page(self, **more: Any) -> NativePage:
        """Their page."""
        return NativePage(
            self.tenant, self.user.username, bearer=more.pop("bearer", self.bearer), **more
        )

    def email_form(self, page: NativePage, email: str) -> dict[str, str]:
        """The form of operation 28."""
        answer = page.client.answer(page.server_key(), UPDATE_EMAIL, new_email=email)
        return {
            "challenge_id": b64u(page.client.challenge_id),
            "challenge_data": answer,
            "email": email,
        }

    def set_email(self, form: Any, user_id: str = "", page: NativePage | None = None) -> Any:
        """Operation 28."""
        path = f"/api/tenants/{self.tenant.slug}/users/{user_id or self.user.public_id}/email"
        return (page or self.page()).send(path, form, method="PUT", query="")


def bearer_of(tenant: Tenant, user: User, session: LoginSession, *scopes: str) -> str:
    with tenant_scope(tenant.id):
        client = a_client(tenant, allowed_scopes=["openid", "account"]).client
        grant = grants.create(
            tenant=tenant,
            client=client,
            user=user,
            session=session,
            scopes=list(scopes),
            is_offline=False,
            nonce="",
            expires_at=None,
            actor=SYSTEM,
        )
        return tokens.access_token(
            tenant=tenant,
            client=client,
            grant_id=grant.id,
            subject=str(user.id),
            session_id=session.id,
            scopes=scopes,
        ).value


@pytest.fixture
def ada() -> Person:
    """See Person."""
    tenant = a_tenant(block={"ip_attempts_limit": 1_000})
    user = a_person(tenant, "ada")
    enrolled(tenant, user, quickly())
    for _ in range(2):
        Browser(tenant).sign_in("ada")
    with tenant_scope(tenant.id):
        session = LoginSession.objects.order_by("id")[0]
    return Person(tenant, user, session, bearer_of(tenant, user, session, "account"))


def live(person: Person) -> list[Any]:
    with tenant_scope(person.tenant.id):
        return [row.id for row in LoginSession.objects.live()]


def test_a_change_replaces_the_picture_and_keeps_this_session(ada: Person) -> None:
    """Contract 2.5: "keep the current session, revoke the others"; old and new are proved."""
    answer = ada.page().ask().change(NEW)

    assert (answer.status_code, answer.content) == (200, b"null")
    assert live(ada) == [ada.session.id]
    anew = NativePage(ada.tenant, "ada", NEW).ask().authenticate()
    old = NativePage(ada.tenant, "ada").ask().authenticate()
    assert (anew.status_code, old.status_code) == (200, 401)


def test_a_stolen_token_changes_nothing(ada: Person) -> None:
    """Protocol §8: "cannot change the login (old proof) nor the e-mail (purpose 6 proof)"; ZK09."""
    thief = ada.page(secrets=quickly("guess"))
    changed = thief.ask().change(NEW)
    moved = ada.set_email(
        ada.email_form(ada.page(secrets=quickly("guess")).ask(), "evil@example.com")
    )

    assert (changed.status_code, changed.content) == REFUSED
    assert (moved.status_code, moved.content) == REFUSED
    assert NativePage(ada.tenant, "ada").ask().authenticate().status_code == 200


def test_a_change_works_once(ada: Person) -> None:
    """ZK02: the whole submission again: refused."""
    page = ada.page().ask()
    sealed = page.client.commit(page.server_key(), 5, new=NEW)
    assert page.change(NEW, encrypted_commitment=sealed).status_code == 200

    again = page.change(NEW, encrypted_commitment=sealed)

    assert (again.status_code, again.content) == REFUSED


def test_an_old_sign_in_is_not_enough(ada: Person) -> None:
    """Contract 2.5: Change Password "needs a login not older than 5 minutes"."""
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        page = ada.page(bearer=bearer_of(ada.tenant, ada.user, ada.session, "account")).ask()
        answer = page.change(NEW)

    assert (answer.status_code, answer.json()["code"]) == (401, "login_too_old")
    assert NativePage(ada.tenant, "ada").ask().authenticate().status_code == 200


def test_only_ones_own_token_with_the_right_scope_changes(ada: Person) -> None:
    """Contract 2.3: scope `account`; an API key is nobody's sign-in."""
    nobody = NativePage(ada.tenant, "ada").ask().change(NEW)
    narrow = ada.page(bearer=bearer_of(ada.tenant, ada.user, ada.session, "openid"))
    key = api_keys.create(owner=ada.user, name="ci", scopes=["USER"], actor=SYSTEM)
    machine = ada.page(bearer=key.secret.reveal())

    assert nobody.status_code == 401
    assert narrow.ask().change(NEW).status_code == 403
    assert machine.ask().change(NEW).status_code == 403
    assert NativePage(ada.tenant, "ada").ask().authenticate().status_code == 200


def test_the_address_changes_with_a_proof_that_names_it(ada: Person) -> None:
    """Contract 2.7: "new address becomes unverified, notice to the old address"; PR10."""
    form = ada.email_form(ada.page().ask(), "ada@new.example.com")

    answer = ada.set_email(form)

    assert (answer.status_code, answer.content) == (200, b"null")
    with tenant_scope(ada.tenant.id):
        user = User.objects.get(pk=ada.user.pk)
    assert (user.email, user.is_verified) == ("ada@new.example.com", False)
    outgoing.outbox.clear()
    relay.drain()
    assert {letter.to[0] for letter in outgoing.outbox} >= {
        "ada@example.com",
        "ada@new.example.com",
    }


def test_a_proof_for_one_address_is_none_for_another(ada: Person) -> None:
    """ZK07: what the form says must be what was proved."""
    form = ada.email_form(ada.page().ask(), "ada@new.example.com")

    answer = ada.set_email(form | {"email": "evil@example.com"})

    assert (answer.status_code, answer.content) == REFUSED


def test_a_taken_address_is_answered_as_a_free_one(ada: Person) -> None:
    """EN09: e-mail change to a taken address: the same answer; its owner learns of it."""
    a_user(ada.tenant, "bob", email="bob@example.com")

    answer = ada.set_email(ada.email_form(ada.page().ask(), "bob@example.com"))

    assert (answer.status_code, answer.content) == (200, b"null")
    with tenant_scope(ada.tenant.id):
        assert User.objects.get(pk=ada.user.pk).email == "ada@example.com"
    outgoing.outbox.clear()
    relay.drain()
    assert ["bob@example.com"] in [letter.to for letter in outgoing.outbox]


def test_anothers_id_is_no_id(ada: Person) -> None:
    """TI01: somebody else's id and one that nobody has are one 404."""
    bob = a_user(ada.tenant, "bob")
    form = ada.email_form(ada.page().ask(), "x@example.com")

    theirs, nobodys = ada.set_email(form, bob.public_id), ada.set_email(form, "no-such-id")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["detail"] == nobodys.json()["detail"]
