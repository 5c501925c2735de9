"""What a client may learn about tokens, and how it gives them back."""

from typing import Any

import pytest

from identity.tenancy.scope import tenant_scope
from tests.oidc.parties import App, Scene, a_scene, an_app

OFFLINE = "openid email offline_access"


def another_app(scene: Scene, **metadata: Any) -> App:
    """A second client of the same tenant."""
    with tenant_scope(scene.tenant.id):
        return App(scene.tenant, an_app(scene.tenant, **metadata))


def test_a_live_access_token_is_described_to_its_client(scene: Scene) -> None:
    """RFC 7662 §2.2."""
    tokens = scene.tokens(scope=OFFLINE)
    claims = scene.app.verify_access_token(tokens["access_token"])
    found = scene.app.introspect(tokens["access_token"])
    assert found.status == 200
    assert found.headers["cache-control"] == "no-store"
    assert found.body == {
        "active": True,
        "client_id": scene.app.client_id,
        "scope": "email offline_access openid",
        "token_type": "Bearer",
        "username": "ada",
        **{name: claims[name] for name in ("iss", "sub", "aud", "iat", "exp", "jti", "sid")},
        **{name: claims[name] for name in ("auth_time", "acr", "amr")},
    }


def test_a_live_refresh_token_is_described_until_it_is_used(scene: Scene) -> None:
    """RFC 7662 §2.1: the token may be an access or a refresh token."""
    tokens = scene.tokens(scope=OFFLINE)
    found = scene.app.introspect(tokens["refresh_token"], token_type_hint="access_token")
    assert (found["active"], found["sub"]) == (True, str(scene.user.id))
    scene.app.refresh(tokens["refresh_token"])
    assert scene.app.introspect(tokens["refresh_token"]).body == {"active": False}


def test_others_learn_nothing(scene: Scene) -> None:
    """TK21, TK22: another client, another tenant, a random token: the same bytes."""
    tokens = scene.tokens(scope=OFFLINE)
    other, elsewhere = another_app(scene), a_scene()
    answers = {
        party.introspect(value).text
        for party in (other, elsewhere.app)
        for value in (tokens["access_token"], tokens["refresh_token"], "x", "srt_x", "a.b.c")
    }
    assert answers == {'{"active":false}'}


def test_nobody_unknown_may_ask(scene: Scene) -> None:
    """TK22: no auth; public client → 401."""
    token = scene.tokens()["access_token"]
    public = another_app(scene, client_type="public")
    assert public.introspect(token).status == 401
    anonymous = scene.app.send("POST", "/introspect", data={"token": token})
    assert (anonymous.status_code, anonymous.json()["error"]) == (401, "invalid_client")
    scene.app.client_secret = "wrong " * 6
    assert scene.app.introspect(token).status == 401


def test_a_clients_own_token_is_described_too(scene: Scene) -> None:
    """RFC 7662 §2.2, `sub`: for client_credentials the client itself."""
    token = scene.app.client_credentials()["access_token"]
    found = scene.app.introspect(token)
    assert (found["active"], found["sub"]) == (True, scene.app.client_id)
    assert "username" not in found.body


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_giving_back_one_token_gives_back_the_grant(scene: Scene, which: str) -> None:
    """TK24, RFC 7009 §2.1: revoking a refresh token also invalidates the access tokens."""
    tokens = scene.tokens(scope=OFFLINE)
    answer = scene.app.revoke(tokens[which], token_type_hint="nonsense")
    assert (answer.status, answer.text) == (200, "")
    assert scene.is_dead(tokens)


def test_a_foreign_token_is_left_alone(scene: Scene) -> None:
    """TK23: M's client revokes V's token: 200, still active."""
    tokens = scene.tokens(scope=OFFLINE)
    for party in (another_app(scene), another_app(scene, client_type="public"), a_scene().app):
        for which in ("access_token", "refresh_token"):
            assert party.revoke(tokens[which]).status == 200
    assert scene.app.userinfo(tokens["access_token"]).status == 200
    assert scene.app.refresh(tokens["refresh_token"]).status == 200


def test_an_unknown_token_is_no_error(scene: Scene) -> None:
    """RFC 7009 §2.2: invalid tokens do not cause an error response."""
    for value in ("x", "srt_x", "a.b.c", "é"):
        assert scene.app.revoke(value).status == 200


def test_a_clients_own_tokens_are_not_revoked_one_by_one(scene: Scene) -> None:
    """RFC 7009 §2.2.1, unsupported_token_type: their grant stands as long as the client."""
    token = scene.app.client_credentials()["access_token"]
    assert scene.app.revoke(token)["error"] == "unsupported_token_type"
    assert scene.app.introspect(token)["active"] is True


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_malformed_requests_are_clean_errors(scene: Scene, endpoint: str) -> None:
    """TK10 to TK13, at the other endpoints of the same kind."""
    path = f"/{endpoint}"
    who = {"client_id": scene.app.client_id, "client_secret": scene.app.client_secret}
    for response, expected in [
        (scene.app.send("GET", path), 405),
        (scene.app.send("POST", path, data=who), 400),
        (scene.app.send("POST", f"{path}?token=x", data=who), 400),
        (scene.app.send("POST", path, json={"token": "x"}), 400),
        (scene.app.send("POST", path, data={**who, "token": "a\x00b"}), 400),
        (scene.app.send("POST", path, data={**who, "token": ["a", "b"]}), 400),
    ]:
        assert response.status_code == expected, response.text
