"""Own sessions over the native API (contract 2.4 operation 6, 2.11)."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Http

from authn.authenticators import api_keys
from authn.sessions import grants, tokens
from authn.sessions.models import LoginSession
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.clients import a_client
from tests.builders.signing_in import FIREFOX, Browser, a_person
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Person:
    """Somebody signed in, with a token for their own account."""

    tenant: Tenant
    user: User
    session: LoginSession
    bearer: str

    def call(self, method: str, url: str, **headers: str) -> Any:
        """One call with the bearer token, unless headers say otherwise."""
        chosen = headers or {"authorization": f"Bearer {self.bearer}"}
        return Http(headers={"host": "localhost:8000"}).generic(
            method, url, headers={key.replace("_", "-"): value for key, value in chosen.items()}
        )


def somebody(
    tenant: Tenant, username: str = "ada", scopes: tuple[str, ...] = ("account",)
) -> Person:
    """See Person."""
    user = a_person(tenant, username)
    Browser(tenant).sign_in(username)
    with tenant_scope(tenant.id):
        session = LoginSession.objects.get(user=user)
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
        bearer = tokens.access_token(
            tenant=tenant,
            client=client,
            grant_id=grant.id,
            subject=str(user.id),
            session_id=session.id,
            scopes=scopes,
        ).value
    return Person(tenant, user, session, bearer)


def test_own_sessions_are_listed_in_the_contracts_form() -> None:
    """Contract 2.4: `{sessions: Session[], total: int}`, ClientEvents with parsed user agent."""
    ada = somebody(a_tenant())

    answer = ada.call("GET", "/api/auth/sessions")

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["total"] == 1
    (row,) = body["sessions"]
    assert set(row) == {
        "session_id", "user_id", "tenant_id", "created", "expires_at", "token_issue", "last_access",
    }  # fmt: skip
    assert row["session_id"] == str(ada.session.id)
    assert row["user_id"] == ada.user.public_id
    assert row["tenant_id"] == ada.tenant.slug
    assert row["token_issue"] is None
    assert row["created"] | {"at": ""} == {
        "at": "",
        "ip": "203.0.113.7",
        "country": None,
        "user_agent": FIREFOX,
        "user_agent_parsed": {
            "browser": {"family": "Firefox", "version": "140.0"},
            "os": {"family": "Linux", "version": ""},
            "device": row["created"]["user_agent_parsed"]["device"],
            "is_mobile": False,
            "is_tablet": False,
            "is_pc": True,
            "is_bot": False,
        },
    }


def test_one_session_can_be_ended_and_its_token_is_dead_at_once() -> None:
    """2.11; SE05: "refused ≤ 1 s everywhere"."""
    ada = somebody(a_tenant())

    ended = ada.call("DELETE", f"/api/auth/sessions/{ada.session.id}")
    after = ada.call("GET", "/api/auth/sessions")

    assert (ended.status_code, ended.content) == (204, b"")
    assert after.status_code == 401
    assert after.headers["WWW-Authenticate"].startswith("Bearer")


def test_all_own_sessions_can_be_ended_and_nobody_elses() -> None:
    """2.11: DELETE /api/auth/sessions."""
    tenant = a_tenant()
    ada, eve = somebody(tenant), somebody(tenant, "eve")
    Browser(tenant).sign_in("ada")

    assert ada.call("DELETE", "/api/auth/sessions").status_code == 204

    with tenant_scope(tenant.id):
        assert list(LoginSession.objects.filter(ended_at=None)) == [eve.session]


def test_anothers_session_answers_as_one_that_never_was() -> None:
    """SE11, NF: of another person, of another tenant, random, and not even an id: one answer."""
    tenant = a_tenant()
    ada, eve, foreign = somebody(tenant), somebody(tenant, "eve"), somebody(a_tenant())
    answers = []
    for wanted in (eve.session.id, foreign.session.id, uuid4(), "not-an-id"):
        answer = ada.call("DELETE", f"/api/auth/sessions/{wanted}")
        body = answer.json()
        assert len(body.pop("request_id")) == 16
        answers.append((answer.status_code, body))

    assert answers == [(404, {"detail": "There is no such session", "code": "not_found"})] * 4
    for person in (eve, foreign):
        assert person.call("GET", "/api/auth/sessions").json()["total"] == 1


@pytest.mark.parametrize(
    ("scopes", "read", "write"),
    [(["SESSION:READ"], 200, 403), (["SESSION"], 200, 204), (["USER"], 403, 403)],
)
def test_an_api_key_needs_the_scope_for_sessions(scopes: list[str], read: int, write: int) -> None:
    """Contract 2.3: "X implies X:READ"; a request may do what its credential's scopes allow."""
    ada = somebody(a_tenant())
    with tenant_scope(ada.tenant.id):
        made = api_keys.create(owner=ada.user, name="ci", scopes=scopes, actor=SYSTEM)
    key = made.secret.reveal()

    for headers in ({"x_api_key": key}, {"authorization": f"Bearer {key}"}):
        assert ada.call("GET", "/api/auth/sessions", **headers).status_code == read
    deleted = ada.call("DELETE", f"/api/auth/sessions/{ada.session.id}", x_api_key=key)

    assert deleted.status_code == write


def test_a_token_without_the_account_scope_is_refused() -> None:
    """Contract 2.3: "OIDC scopes allow userinfo and nothing else"."""
    ada = somebody(a_tenant(), scopes=("openid", "profile"))

    answer = ada.call("GET", "/api/auth/sessions")

    assert answer.status_code == 403
    assert set(answer.json()) == {"detail", "code", "request_id"}


def test_a_token_for_another_audience_is_refused() -> None:
    """Contract 2.3: "the token's aud must contain the tenant's issuer"."""
    ada = somebody(a_tenant())
    with tenant_scope(ada.tenant.id):
        live = tokens.inspect(tenant=ada.tenant, value=ada.bearer)
        assert live is not None
        client = a_client(ada.tenant).client
        ada.bearer = tokens.access_token(
            tenant=ada.tenant,
            client=client,
            grant_id=live.grant_id,
            subject=str(ada.user.id),
            session_id=ada.session.id,
            scopes=["account"],
            audience=["https://api.example.com"],
        ).value

    assert ada.call("GET", "/api/auth/sessions").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "application/json"},
        {"authorization": "Bearer x.y.z"},
        {"authorization": "Bearer e30.e30.e30"},
        {"authorization": "Bearer"},
        {"authorization": "Basic YTpi"},
        {"x_api_key": "api_abcdefghijklmnopqrstuvwx"},
        {"x_api_key": "\x01"},
    ],
)
def test_without_a_good_credential_everything_is_a_401(headers: dict[str, str]) -> None:
    """Contract 2.3: "401 no/invalid credentials", with one form of body."""
    ada = somebody(a_tenant())

    answer = ada.call("GET", "/api/auth/sessions", **headers)

    assert answer.status_code == 401
    assert set(answer.json()) == {"detail", "code", "request_id"}


def test_two_different_credentials_count_as_none() -> None:
    """security.md (4): which one was meant is not for us to guess."""
    ada = somebody(a_tenant())
    with tenant_scope(ada.tenant.id):
        made = api_keys.create(owner=ada.user, name="ci", scopes=["SESSION"], actor=SYSTEM)

    answer = ada.call(
        "GET",
        "/api/auth/sessions",
        authorization=f"Bearer {ada.bearer}",
        x_api_key=made.secret.reveal(),
    )

    assert answer.status_code == 401


def test_a_session_cookie_is_no_credential_here() -> None:
    """WB11: no cookie authenticates the API, so no form of another site can call it."""
    tenant = a_tenant()
    a_person(tenant, "ada")
    browser = Browser(tenant)
    browser.sign_in("ada")

    assert browser.get("/api/auth/sessions").status_code == 401
    assert browser.http.delete("/api/auth/sessions").status_code == 401
