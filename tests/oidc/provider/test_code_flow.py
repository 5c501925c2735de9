"""The whole way of a sign-in at an independent client, in one process."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from authn.sessions.models import LoginSession, TokenGrant
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tenants.users import accounts
from tests.builders.signing_in import Browser, a_person
from tests.devices.relying_party import answer_in
from tests.oidc.parties import App, Scene, a_scene, an_app


def test_a_person_signs_in_and_the_client_can_verify_everything(scene: Scene) -> None:
    """OpenID Connect Core §3.1.3.7: "Clients MUST validate the ID Token in the Token Response"."""
    scope = "openid profile email offline_access"
    asked, code = scene.code(scope=scope)
    answer = scene.app.exchange(code, asked)

    assert answer.status == 200, answer.text
    assert answer["token_type"] == "Bearer"
    assert set(answer["scope"].split()) == set(scope.split())
    claims = scene.app.verify_id_token(
        answer["id_token"], nonce=asked.nonce, access_token=answer["access_token"]
    )
    access = scene.app.verify_access_token(answer["access_token"])
    userinfo = scene.app.userinfo(answer["access_token"])
    assert claims["sub"] == access["sub"] == userinfo["sub"] == str(scene.user.id)  # JW15
    assert (claims["name"], userinfo["name"]) == ("Ada Lovelace", "Ada Lovelace")
    assert (userinfo["email"], userinfo["email_verified"]) == ("ada@example.com", True)


def test_an_id_token_tells_how_the_person_signed_in_and_no_more(scene: Scene) -> None:
    """JW12: aud, azp, nonce, at_hash, auth_time, acr, amr, sid are exactly what happened."""
    before = int(datetime.now(UTC).timestamp())
    asked, code = scene.code(scope="openid")
    answer = scene.app.exchange(code, asked)

    claims = scene.app.verify_id_token(answer["id_token"])
    with tenant_scope(scene.tenant.id):
        session = LoginSession.objects.get(user=scene.user)
    half = hashlib.sha512(answer["access_token"].encode()).digest()[:32]
    assert claims == {
        "iss": scene.app.issuer,
        "sub": str(scene.user.id),
        "aud": scene.app.client_id,
        "iat": claims["iat"],
        "exp": claims["iat"] + 600,
        "auth_time": int(session.auth_time.timestamp()),
        "nonce": asked.nonce,
        "acr": "urn:signet:acr:1",
        "amr": ["pwd"],
        "sid": str(session.id),
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }
    assert before <= claims["auth_time"] <= claims["iat"]


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "ES256"])
def test_each_algorithm_that_a_client_may_choose_can_be_verified(db: None, algorithm: str) -> None:
    """OpenID Connect Core §3.1.3.6: at_hash uses the hash of the `alg` of the ID token."""
    scene = a_scene(algorithm=algorithm)
    asked, code = scene.code()
    answer = scene.app.exchange(code, asked)
    scene.app.verify_id_token(
        answer["id_token"], nonce=asked.nonce, access_token=answer["access_token"]
    )


@pytest.mark.parametrize("authentication", ["basic", "post"])
def test_a_confidential_client_authenticates_in_either_way(db: None, authentication: str) -> None:
    """RFC 6749 §2.3.1: HTTP Basic, or the credentials in the request body."""
    scene = a_scene()
    scene.app.authentication = authentication  # type: ignore[assignment]
    assert scene.tokens()["access_token"]


def test_a_public_client_needs_its_verifier_and_nothing_else(db: None) -> None:
    """CA12: any secret that a public client sends proves nothing; PKCE is still needed."""
    scene = a_scene(client_type="public")
    asked, code = scene.code()
    assert (
        scene.app.exchange(code, asked, client_secret="anything at all, it has none").status == 200
    )
    asked, code = scene.code()
    refused = scene.app.token(
        grant_type="authorization_code", code=code, redirect_uri=scene.app.redirect_uri
    )
    assert refused["error"] == "invalid_grant"


def test_a_second_application_needs_no_second_sign_in(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.3: an authenticated end-user need not be authenticated again."""
    first = scene.app.verify_id_token(scene.tokens()["id_token"])
    with tenant_scope(scene.tenant.id):
        other = App(scene.tenant, an_app(scene.tenant))
    asked = other.ask()
    response = scene.browser.get(asked.url.removeprefix("http://localhost:8000"))
    answer = answer_in(response.headers["Location"])
    second = other.verify_id_token(other.exchange(answer["code"], asked)["id_token"])
    assert (second["sid"], second["auth_time"]) == (first["sid"], first["auth_time"])


def test_without_openid_there_is_no_id_token_and_no_userinfo(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.1: without the openid scope the request is no OpenID request."""
    answer = scene.tokens(scope="reports:read")
    assert "id_token" not in answer.body
    refused = scene.app.userinfo(answer["access_token"])
    assert (refused.status, refused["error"]) == (403, "insufficient_scope")


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(db: None) -> None:
    """RFC 6749 §4.1.4: issuing a refresh token is optional; here the registration decides."""
    scene = a_scene(grant_types=["authorization_code"])
    assert "refresh_token" not in scene.tokens().body


def test_the_session_remembers_when_and_where_tokens_were_issued(scene: Scene) -> None:
    """Contract 2.4: Session.token_issue is a ClientEvent."""
    scene.tokens()
    with tenant_scope(scene.tenant.id):
        session = LoginSession.objects.get(user=scene.user)
    assert session.token_issue_at is not None


def test_every_answer_names_its_issuer_and_returns_the_state(scene: Scene) -> None:
    """MX01: `iss` is the discovery issuer exactly, in success and error answers."""
    _, response = scene.authorize(prompt="none")
    refused = answer_in(response.headers["Location"])
    asked, response = scene.authorize()
    issued = answer_in(scene.sign_in(response).headers["Location"])
    assert refused["error"] == "login_required"
    assert refused["iss"] == issued["iss"] == scene.app.metadata["issuer"]
    assert issued["state"] == asked.state


def test_a_name_that_comes_back_is_somebody_else(scene: Scene) -> None:
    """JW13: delete the user, recreate the same name: another `sub`."""
    first = scene.app.verify_id_token(scene.tokens()["id_token"])
    with tenant_scope(scene.tenant.id):
        accounts.delete(user=scene.user, actor=SYSTEM)
        again = a_person(scene.tenant, "ada")
    second = Scene(scene.tenant, again, scene.app, Browser(scene.tenant))
    assert scene.app.verify_id_token(second.tokens()["id_token"])["sub"] != first["sub"]


def test_one_grant_stands_for_one_code(scene: Scene) -> None:
    """D10: a token is bound to a TokenGrant row: which user, client, session and scopes."""
    scene.tokens(scope="openid email")
    with tenant_scope(scene.tenant.id):
        grant = TokenGrant.objects.get(user=scene.user)
    assert sorted(grant.scopes) == ["email", "openid"]
    assert grant.session_id is not None
    assert not grant.is_offline
