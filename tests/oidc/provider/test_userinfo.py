"""Userinfo: claims for a live token in the header or the form, and for nothing else."""

import pytest

from authn.authenticators import api_keys
from authn.sessions import grants, lifecycle
from authn.sessions.models import EndReason, LoginSession, TokenGrant
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from tests.oidc.parties import Scene, a_scene

FORM = "application/x-www-form-urlencoded"


def test_a_token_may_stand_in_the_header_or_in_the_form(scene: Scene) -> None:
    """OpenID Connect Core §5.3.1: GET or POST; RFC 6750 §2.1: header, §2.2: form."""
    token = scene.tokens()["access_token"]
    answers = [
        scene.app.send("GET", "/userinfo", headers={"Authorization": f"Bearer {token}"}),
        scene.app.send("GET", "/userinfo", headers={"Authorization": f"bearer {token}"}),
        scene.app.send("POST", "/userinfo", headers={"Authorization": f"Bearer {token}"}),
        scene.app.send("POST", "/userinfo", data={"access_token": token}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"sub": str(scene.user.id)}
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"


def test_a_token_in_the_address_is_refused(scene: Scene) -> None:
    """TK19: UI?access_token=… → 400/401."""
    token = scene.tokens()["access_token"]
    for method in ("GET", "POST"):
        answer = scene.app.send(method, f"/userinfo?access_token={token}")
        assert answer.status_code == 400
        assert token not in answer.text


def test_a_token_given_twice_is_refused(scene: Scene) -> None:
    """RFC 6750 §2: clients must not use more than one method to transmit the token."""
    token = scene.tokens()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    answer = scene.app.send("POST", "/userinfo", headers=header, data={"access_token": token})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_without_a_token_there_is_a_plain_challenge(scene: Scene) -> None:
    """RFC 6750 §3.1: no error code when the request lacks any authentication information."""
    answer = scene.app.send("GET", "/userinfo")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="signet"'


def test_what_is_no_access_token_of_a_person_is_refused(scene: Scene) -> None:
    """TK20, JW01, JW05, JW11: ID token, refresh token, code, API key, a client's own, foreign."""
    tokens = scene.tokens()
    _, code = scene.code()
    foreign = a_scene().tokens()["access_token"]
    header, payload, signature = tokens["access_token"].split(".")
    with tenant_scope(scene.tenant.id):
        key = api_keys.create(owner=scene.user, name="ci", scopes=["USER"], actor=SYSTEM)
    for value in (
        tokens["id_token"],
        tokens["refresh_token"],
        code,
        key.secret.reveal(),
        scene.app.client_credentials()["access_token"],
        foreign,
        f"{header}.{payload}.",
        f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}.",
        f"{header}.{payload}.{signature[:-2]}AA",
        "x" * 20_000,
        "a.b.c",
    ):
        answer = scene.app.userinfo(value)
        assert (answer.status, answer["error"]) == (401, "invalid_token"), value[:20]
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_a_token_dies_with_what_it_hangs_on(scene: Scene, scope: str) -> None:
    """SE05, D10: session ended, grant revoked → IT at once."""
    first = scene.tokens(scope=scope)
    second = scene.tokens(scope=scope)
    with tenant_scope(scene.tenant.id):
        newest = TokenGrant.objects.order_by("-created_at", "-id").first()
        assert newest is not None
        grants.revoke(tenant=scene.tenant, grant_id=newest.pk, reason="test", actor=SYSTEM)
    assert scene.app.userinfo(second["access_token"]).status == 401
    assert scene.app.userinfo(first["access_token"]).status == 200
    with tenant_scope(scene.tenant.id):
        session = LoginSession.objects.get(user=scene.user)
        lifecycle.end(session=session, reason=EndReason.ENDED_BY_OWNER, actor=SYSTEM)
    assert scene.app.userinfo(first["access_token"]).status == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_are_refused_without_cors(scene: Scene, method: str) -> None:
    """TK16, AZ22."""
    answer = scene.app.send(method, "/userinfo", headers={"Origin": "https://evil.tld"})
    assert answer.status_code == 405
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("body", [b"access_token=a&access_token=b", b"access_token=%00", b"%ff=1"])
def test_a_malformed_form_is_a_clean_error(scene: Scene, body: bytes) -> None:
    """TK11, TK13."""
    answer = scene.app.send("POST", "/userinfo", content=body, headers={"Content-Type": FORM})
    assert (answer.status_code, answer.json()["error"]) in {
        (400, "invalid_request"),
        (401, "invalid_token"),
    }
