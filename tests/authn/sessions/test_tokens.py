"""Access tokens: what they say, and when they are dead."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from authn.sessions import grants, lifecycle, tokens
from authn.sessions.models import EndReason, LoginSession, TokenGrant
from identity.kernel.actors import SYSTEM, Origin
from identity.tenancy.scope import tenant_scope
from tenants.clients import registration
from tenants.clients.models import Client
from tenants.keys import signing
from tenants.registry import lifecycle as registry
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User
from tests.builders.clients import a_client
from tests.builders.people import a_user
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """Ada, signed in, allowed a client something."""

    tenant: Tenant
    client: Client
    user: User
    session: LoginSession
    grant: TokenGrant

    def token(self, **more: Any) -> tokens.IssuedToken:
        """An access token of the grant."""
        return tokens.access_token(
            **{
                "tenant": self.tenant,
                "client": self.client,
                "grant_id": self.grant.id,
                "subject": str(self.user.id),
                "session_id": self.session.id,
                "scopes": ["openid", "profile"],
                "auth_time": self.session.auth_time,
                "acr": self.session.acr,
                "amr": self.session.amr,
                **more,
            }
        )


@pytest.fixture
def world() -> Iterator[World]:
    """The world, and the test in its tenant's scope."""
    tenant = a_tenant()
    with tenant_scope(tenant.id):
        yield a_world(tenant)


def a_world(tenant: Tenant, *, is_offline: bool = False) -> World:
    """See World."""
    client, user = a_client(tenant).client, a_user(tenant)
    session = lifecycle.open(
        tenant=tenant,
        user=user,
        amr=["pwd"],
        acr="urn:signet:acr:1",
        auth_time=timezone.now(),
        origin=Origin(),
    ).session
    grant = grants.create(
        tenant=tenant,
        client=client,
        user=user,
        session=session,
        scopes=["openid", "profile"],
        is_offline=is_offline,
        nonce="",
        expires_at=None,
        actor=SYSTEM,
    )
    return World(tenant, client, user, session, grant)


def part(token: str, number: int) -> dict[str, Any]:
    """Header (0) or claims (1) without verification."""
    text = token.split(".")[number]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded


def test_a_token_says_what_rfc_9068_asks_for(world: World) -> None:
    """RFC 9068 §2.1, §2.2: typ at+jwt; iss, exp, aud, sub, client_id, iat, jti; auth_time, acr, amr."""
    issued = world.token()

    claims = part(issued.value, 1)
    assert part(issued.value, 0)["typ"] == "at+jwt"
    assert part(issued.value, 0)["alg"] == "EdDSA"
    assert claims == {
        "iss": f"http://localhost:8000/api/oidc/{world.tenant.slug}",
        "sub": str(world.user.id),
        "aud": f"http://localhost:8000/api/oidc/{world.tenant.slug}",
        "client_id": world.client.client_id,
        "scope": "openid profile",
        "iat": claims["iat"],
        "exp": claims["iat"] + 300,
        "jti": issued.jti,
        "gid": str(world.grant.id),
        "sid": str(world.session.id),
        "auth_time": int(world.session.auth_time.timestamp()),
        "acr": "urn:signet:acr:1",
        "amr": ["pwd"],
    }
    assert issued.expires_in == 300


@pytest.mark.django_db(transaction=True)
def test_a_live_token_is_known_by_one_statement_with_its_person(world: World) -> None:
    """Issue 2: "userinfo and introspection ≤ 2 statements"; here the whole judgement is one."""
    value = world.token().value
    tokens.inspect(tenant=world.tenant, value=value)

    with statements() as found:
        live = tokens.inspect(tenant=world.tenant, value=value)
        assert live is not None
        assert live.user is not None
        assert live.user.email == world.user.email

    assert len(found) == 1
    assert live.grant_id == world.grant.id
    assert live.client_pk == world.client.pk
    assert live.client_id == world.client.client_id
    assert live.session_id == world.session.id
    assert live.scopes == {"openid", "profile"}
    assert live.is_for(tokens.issuer_of(world.tenant))
    assert not live.is_for("https://api.example.com")


DEATHS: dict[str, Callable[[World], object]] = {
    "grant revoked": lambda w: grants.revoke(
        tenant=w.tenant, grant_id=w.grant.id, reason="test", actor=SYSTEM
    ),
    "consent withdrawn": lambda w: grants.revoke_of(
        user=w.user, client=w.client, reason=grants.CONSENT_WITHDRAWN
    ),
    "session ended": lambda w: lifecycle.end(
        session=w.session, reason=EndReason.SIGNED_OUT, actor=SYSTEM
    ),
    "sessions ended": lambda w: lifecycle.end_all(
        user=w.user, reason=EndReason.ENDED_BY_OWNER, actor=SYSTEM
    ),
    "person disabled": lambda w: accounts.deactivate(user=w.user, actor=SYSTEM),
    "person deleted": lambda w: accounts.delete(user=w.user, actor=SYSTEM),
    "client disabled": lambda w: registration.update(
        client=w.client, is_disabled=True, actor=SYSTEM
    ),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_token_dies_with_what_it_hangs_on(world: World, death: str) -> None:
    """Decision D10, SE05, FAM: "revocation acts there at once"."""
    value = world.token().value
    assert tokens.inspect(tenant=world.tenant, value=value) is not None

    DEATHS[death](world)

    assert tokens.inspect(tenant=world.tenant, value=value) is None


def test_a_token_dies_with_its_tenants_suspension() -> None:
    """SE05: "suspend tenant: refused everywhere"."""
    tenant = a_tenant()
    with tenant_scope(tenant.id):
        value = a_world(tenant).token().value
    registry.suspend(tenant=tenant, actor=SYSTEM)
    with tenant_scope(tenant.id):
        assert tokens.inspect(tenant=tenant, value=value) is None


def test_a_token_of_an_offline_grant_outlives_the_sign_out(world: World) -> None:
    """OpenID Connect Core §11: offline_access is for when the person is not there."""
    offline = a_world(world.tenant, is_offline=True)
    value = offline.token().value

    lifecycle.end(session=offline.session, reason=EndReason.SIGNED_OUT, actor=SYSTEM)

    assert tokens.inspect(tenant=world.tenant, value=value) is not None


def test_a_token_dies_with_an_idle_session(world: World) -> None:
    """SE07: idle limits hold for what was granted online too."""
    client = registration.update(client=world.client, access_token_seconds=3600, actor=SYSTEM)
    with time_machine.travel(timezone.now() + timedelta(minutes=700)):
        value = world.token(client=client or world.client).value
    with time_machine.travel(timezone.now() + timedelta(minutes=721)):
        assert tokens.inspect(tenant=world.tenant, value=value) is None


@pytest.mark.django_db(transaction=True)
def test_an_expired_or_forged_token_costs_no_statement(world: World) -> None:
    """A flood of bad tokens must not reach the database."""
    value = world.token().value
    tokens.inspect(tenant=world.tenant, value=value)
    head, body, signature = value.split(".")
    flipped = ("A" if signature[10] != "A" else "B").join([signature[:10], signature[11:]])
    with time_machine.travel(timezone.now() + timedelta(seconds=301)), statements() as found:
        assert tokens.inspect(tenant=world.tenant, value=value) is None
        assert tokens.inspect(tenant=world.tenant, value=f"{head}.{body}.{flipped}") is None
        assert tokens.inspect(tenant=world.tenant, value="") is None
        assert tokens.inspect(tenant=world.tenant, value="x" * 9000) is None

    assert found == []


def test_another_sort_of_token_of_the_same_tenant_is_none(world: World) -> None:
    """RFC 9068 §4: "the resource server MUST verify that the typ header is at+jwt"."""
    claims = part(world.token().value, 1)
    for typ in ("JWT", "logout+jwt"):
        value = signing.sign(tenant_id=world.tenant.id, algorithm="EdDSA", typ=typ, claims=claims)
        assert tokens.inspect(tenant=world.tenant, value=value) is None


def test_another_tenants_token_is_none() -> None:
    """security.md 3.25: T1's token at T2, with the same names on both sides."""
    one, two = a_tenant(), a_tenant()
    with tenant_scope(one.id):
        value = a_world(one).token().value
    with tenant_scope(two.id):
        a_world(two)
        assert tokens.inspect(tenant=two, value=value) is None


@pytest.mark.django_db(transaction=True)
def test_a_clients_own_token_hangs_on_its_standing_grant(world: World) -> None:
    """Decision D10: "a client's own grant is a standing row made with the client"."""
    standing = grants.standing(world.client)
    assert standing is not None
    value = world.token(
        grant_id=standing.id,
        subject=world.client.client_id,
        session_id=None,
        scopes=["CLIENT:READ"],
        auth_time=None,
    ).value

    live = tokens.inspect(tenant=world.tenant, value=value)

    assert live is not None
    assert live.user is None
    assert live.scopes == {"CLIENT:READ"}
    assert "sid" not in live.claims
    with statements() as found:
        assert grants.standing(world.client) is not None
    assert found == []
    grants.revoke(tenant=world.tenant, grant_id=standing.id, reason="test", actor=SYSTEM)
    assert tokens.inspect(tenant=world.tenant, value=value) is None
    assert grants.standing(world.client) is None
