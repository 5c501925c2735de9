"""Signing out at the request of an application: only what is meant, only where it is registered."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine

from authn.sessions.models import EndReason, LoginSession
from identity.tenancy.scope import tenant_scope
from tests.builders.signing_in import Browser, a_person
from tests.devices.relying_party import answer_in
from tests.oidc.parties import Scene, a_scene, path_of
from tests.oidc.provider.test_authorization_requests import FOREIGN_REDIRECTS

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BYE = "https://app.example.com/bye"


@pytest.fixture
def scene(db: None) -> Scene:
    """An application with an address to return to after a logout."""
    return a_scene(post_logout_redirect_uris=[BYE])


def logout(scene: Scene, **parameters: str) -> Any:
    """The browser follows the application to the end session endpoint."""
    return scene.browser.http.get(f"/api/oidc/{scene.tenant.slug}/logout", parameters)


def page(scene: Scene, **parameters: str) -> Any:
    """… and on to the page that acts."""
    response = logout(scene, **parameters)
    assert response.status_code == 303, response.content
    return scene.browser.get(response.headers["Location"])


def is_live(scene: Scene, session_id: str = "") -> bool:
    """Whether a (the) session lives."""
    with tenant_scope(scene.tenant.id):
        rows = LoginSession.objects.live()
        return (rows.filter(pk=UUID(session_id)) if session_id else rows).exists()


def test_a_hint_ends_its_own_sign_in_and_returns(scene: Scene) -> None:
    """RP-Initiated Logout §2, §3: then to post_logout_redirect_uri with `state`."""
    tokens = scene.tokens()
    response = page(
        scene,
        id_token_hint=tokens["id_token"],
        post_logout_redirect_uri=BYE,
        state="s & t",
    )
    assert response.status_code == 303
    assert response.headers["Location"].startswith(BYE)
    assert answer_in(response.headers["Location"]) == {"state": "s & t"}
    assert not is_live(scene)
    assert scene.is_dead(tokens)  # LO08, RT11
    assert not scene.browser.session_cookie


def test_an_expired_hint_still_says_who_is_meant(scene: Scene) -> None:
    """RP-Initiated Logout §4: the OP should accept ID tokens whose exp has passed."""
    with time_machine.travel(NOW, tick=True) as clock:
        tokens = scene.tokens()
        clock.shift(3600)
        assert page(scene, id_token_hint=tokens["id_token"]).status_code == 200
    assert not is_live(scene)


def test_without_a_hint_the_person_is_asked(scene: Scene) -> None:
    """LO01: cross-site GET/POST without hint: a confirmation page; the session is alive."""
    scene.tokens()
    for response in (
        logout(scene),
        scene.browser.http.post(
            f"/api/oidc/{scene.tenant.slug}/logout",
            "",
            content_type="application/x-www-form-urlencoded",
        ),
    ):
        shown = scene.browser.get(response.headers["Location"])
        assert shown.status_code == 200
        assert "Sign out?" in shown.content.decode()
    assert is_live(scene)


def test_the_confirmation_signs_out_or_does_not(scene: Scene) -> None:
    """Contract 2.5: a confirmation page whose form posts to a route of its own."""
    scene.tokens()
    where = logout(scene, client_id=scene.app.client_id, post_logout_redirect_uri=BYE).headers[
        "Location"
    ]
    stayed = scene.browser.post(where, decision="stay")
    assert stayed.headers["Location"].startswith("/account/")
    assert is_live(scene)
    left = scene.browser.post(where, decision="logout")
    assert left.headers["Location"] == BYE
    assert not is_live(scene)
    with tenant_scope(scene.tenant.id):
        assert LoginSession.objects.get().end_reason == EndReason.SIGNED_OUT


def test_the_confirmation_has_a_token_against_forgery(scene: Scene) -> None:
    """LO01, WB01: the form of another site signs nobody out."""
    scene.tokens()
    where = logout(scene).headers["Location"]
    scene.browser.http.handler.enforce_csrf_checks = True
    assert scene.browser.post(where, decision="logout").status_code == 403
    assert is_live(scene)


def test_a_hint_of_somebody_else_signs_nobody_out_silently(scene: Scene) -> None:
    """LO02: hint of U2 → confirmation; no silent logout."""
    with tenant_scope(scene.tenant.id):
        bob = a_person(scene.tenant, "bob")
    theirs = Scene(scene.tenant, bob, scene.app, Browser(scene.tenant))
    hint = theirs.tokens()["id_token"]
    scene.tokens()
    assert "Sign out?" in page(scene, id_token_hint=hint).content.decode()
    with tenant_scope(scene.tenant.id):
        assert LoginSession.objects.live().count() == 2


def test_a_hint_that_is_none_of_ours_is_refused(scene: Scene) -> None:
    """LO02, JW11: alg none, T2's, an access token, a refresh token, of another client."""
    tokens = scene.tokens()
    payload = tokens["id_token"].split(".")[1]
    for hint in (
        f"eyJhbGciOiJub25lIn0.{payload}.",
        a_scene().tokens()["id_token"],
        tokens["access_token"],
        tokens["refresh_token"],
    ):
        response = logout(scene, id_token_hint=hint)
        assert response.status_code == 400
        assert "Location" not in response.headers
    assert logout(scene, id_token_hint=tokens["id_token"], client_id="other").status_code == 400
    assert is_live(scene)


@pytest.mark.parametrize("uri", [*FOREIGN_REDIRECTS, "https://app.example.com/cb"])
def test_only_a_registered_address_is_returned_to(scene: Scene, uri: str) -> None:
    """LO03: RU01–RU11 as post_logout_redirect_uri: no redirect."""
    token = scene.tokens()["id_token"]
    for parameters in (
        {"id_token_hint": token, "post_logout_redirect_uri": uri},
        {"client_id": scene.app.client_id, "post_logout_redirect_uri": uri},
        {"post_logout_redirect_uri": BYE},
    ):
        response = logout(scene, **parameters)
        assert response.status_code == 400
        assert "Location" not in response.headers


def test_a_ticket_of_ones_own_making_means_nothing(scene: Scene) -> None:
    """LO03: what travels from the endpoint to the page is signed, and for one tenant."""
    scene.tokens()
    base = f"/sign-in/{scene.tenant.slug}/oidc/logout"
    other = a_scene(post_logout_redirect_uris=[BYE])
    foreign = (
        logout(other, client_id=other.app.client_id, post_logout_redirect_uri=BYE)
        .headers["Location"]
        .partition("?")[2]
    )
    for query in (
        "",
        "?request=x",
        "?request=eyJ1cmkiOiJodHRwczovL2V2aWwudGxkIn0:a:b",
        f"?{foreign}",
    ):
        left = scene.browser.get(f"{base}{query}")
        assert "Sign out?" in left.content.decode()
        assert "evil.tld" not in left.content.decode()


def test_signing_out_leaves_other_accounts_of_the_browser(scene: Scene) -> None:
    """Issue 2, 8: up to five accounts per tenant in one browser; one ends, the others stay."""
    ada = scene.tokens()
    with tenant_scope(scene.tenant.id):
        a_person(scene.tenant, "bob")
    scene.browser.sign_in("bob")
    page(scene, id_token_hint=ada["id_token"])
    with tenant_scope(scene.tenant.id):
        assert [s.user.username for s in LoginSession.objects.live()] == ["bob"]
    _, response = scene.authorize(prompt="none")
    assert "code" in answer_in(response.headers["Location"])


def test_proving_oneself_again_does_not_invalidate_the_hint(scene: Scene) -> None:
    """A session that was replaced by a fresh proof of the same person is still the one meant."""
    old = scene.tokens()["id_token"]
    _, response = scene.authorize(prompt="login")
    scene.sign_in(response)
    page(scene, id_token_hint=old)
    assert not is_live(scene)


def test_the_native_path_finds_the_tenant_in_the_hint(scene: Scene) -> None:
    """Contract 2.4, operations 4 and 5."""
    token = scene.tokens()["id_token"]
    json: dict[str, Any] = {"headers": {"accept": "application/json"}}
    missing = scene.browser.http.get("/api/oidc/logout", **json)
    assert missing.status_code == 422
    assert missing.json()["detail"][0]["loc"] == ["query", "id_token_hint"]
    assert scene.browser.http.get("/api/oidc/logout").status_code == 400
    bad = scene.browser.http.get("/api/oidc/logout", {"id_token_hint": "x.y.z"}, **json)
    assert bad.status_code == 400
    done = scene.browser.http.post(
        "/api/oidc/logout",
        f"id_token_hint={token}",
        content_type="application/x-www-form-urlencoded",
        **json,
    )
    assert (done.status_code, done.content) == (200, b"null")
    assert not is_live(scene)


def test_nobody_signed_in_is_told_so_and_sent_back(scene: Scene) -> None:
    """RP-Initiated Logout §3: nothing to end, the person still returns."""
    token = scene.tokens()["id_token"]
    page(scene, id_token_hint=token)
    again = page(scene, id_token_hint=token, post_logout_redirect_uri=BYE)
    assert again.headers["Location"] == BYE
    assert "You are signed out" in page(scene).content.decode()


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
def test_other_methods_end_nothing(scene: Scene, method: str) -> None:
    """Contract 2.5: HEAD and prefetch requests consume nothing."""
    token = scene.tokens()["id_token"]
    where = logout(scene, id_token_hint=token).headers["Location"]
    for url in (f"/api/oidc/{scene.tenant.slug}/logout", path_of(where)):
        assert scene.browser.http.generic(method, url).status_code == 405
    assert is_live(scene)
