"""Refresh tokens: one use, one successor, and a family that dies as one."""

from datetime import UTC, datetime

import pytest
import time_machine

from authn.sessions import grants, lifecycle
from authn.sessions.models import EndReason, LoginSession, TokenGrant
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.provider.models import RefreshToken
from tenants.clients import registration
from tenants.users import accounts
from tests.devices.relying_party import answer_in
from tests.oidc.parties import App, Scene, a_scene, an_app

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OFFLINE = "openid email offline_access"


def test_each_use_gives_a_successor_and_fresh_tokens(scene: Scene) -> None:
    """OpenID Connect Core §12.2: iss, sub, aud, auth_time are the original's; no new nonce."""
    first = scene.tokens(scope=OFFLINE)
    second = scene.app.refresh(first["refresh_token"])
    assert second.status == 200, second.text
    assert second["refresh_token"] != first["refresh_token"]
    old = scene.app.verify_id_token(first["id_token"])
    new = scene.app.verify_id_token(second["id_token"], access_token=second["access_token"])
    for claim in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert new[claim] == old[claim]
    assert "nonce" not in new
    assert scene.app.refresh(second["refresh_token"]).status == 200


def test_a_second_use_kills_the_family(scene: Scene) -> None:
    """RT01, D2: use RT1 again → IG + FAM, no grace (defect 2 of django-oauth-toolkit)."""
    first = scene.tokens(scope=OFFLINE)
    second = scene.app.refresh(first["refresh_token"])
    reused = scene.app.refresh(first["refresh_token"])
    assert (reused.status, reused["error"]) == (400, "invalid_grant")
    assert scene.is_dead(second)
    with tenant_scope(scene.tenant.id):
        assert TokenGrant.objects.get(user=scene.user).revoke_reason == "refresh_reused"
        assert Event.objects.filter(type="grant.revoked", reason="refresh_reused").count() == 1


def test_a_foreign_client_can_neither_use_nor_harm_a_token(scene: Scene) -> None:
    """RT05: RT of C1@T1 by C3; at T2 → IG; V's family untouched."""
    tokens = scene.tokens(scope=OFFLINE)
    elsewhere = a_scene()
    with tenant_scope(scene.tenant.id):
        other = App(scene.tenant, an_app(scene.tenant))
    for _ in range(2):
        assert other.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
        assert elsewhere.app.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
    second = scene.app.refresh(tokens["refresh_token"])
    assert second.status == 200
    assert other.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
    assert scene.app.refresh(second["refresh_token"]).status == 200


def test_scope_may_be_narrowed_but_never_widened(scene: Scene) -> None:
    """RT06: scope ⊃ granted → invalid_scope; narrow, then the original is still there."""
    tokens = scene.tokens(scope=OFFLINE)
    for wider in ("openid profile", "a " * 100):
        refused = scene.app.refresh(tokens["refresh_token"], scope=wider)
        assert (refused.status, refused["error"]) == (400, "invalid_scope")
    narrow = scene.app.refresh(tokens["refresh_token"], scope="openid")
    assert narrow["scope"] == "openid"
    assert "email" not in scene.app.userinfo(narrow["access_token"]).body
    whole = scene.app.refresh(narrow["refresh_token"])
    assert set(whole["scope"].split()) == set(OFFLINE.split())


def _disable_user(scene: Scene) -> None:
    accounts.deactivate(user=scene.user, actor=SYSTEM)


def _delete_user(scene: Scene) -> None:
    accounts.delete(user=scene.user, actor=SYSTEM)


def _delete_client(scene: Scene) -> None:
    registration.delete(client=scene.app.client, actor=SYSTEM)


def _end_by_operator(scene: Scene) -> None:
    session = LoginSession.objects.get(user=scene.user)
    lifecycle.end(session=session, reason=EndReason.ENDED_BY_OPERATOR, actor=SYSTEM)


@pytest.mark.parametrize("change", [_disable_user, _delete_user, _end_by_operator])
@pytest.mark.parametrize("scope", ["openid", OFFLINE])
def test_the_dead_do_not_refresh(scene: Scene, change: object, scope: str) -> None:
    """RT07, SE05, TK24: disabled, deleted, ended by an operator → IG / IT at once."""
    assert callable(change)
    tokens = scene.tokens(scope=scope)
    with tenant_scope(scene.tenant.id):
        change(scene)
    assert scene.is_dead(tokens)


def test_a_deleted_client_is_nobody(scene: Scene) -> None:
    """RT09: client deleted → its tokens are dead."""
    tokens = scene.tokens(scope=OFFLINE)
    with tenant_scope(scene.tenant.id):
        _delete_client(scene)
    assert scene.app.refresh(tokens["refresh_token"])["error"] == "invalid_client"
    assert scene.app.userinfo(tokens["access_token"]).status == 401


@pytest.mark.parametrize(("scope", "survives"), [("openid", False), (OFFLINE, True)])
def test_signing_out_ends_what_was_not_offline(scene: Scene, scope: str, survives: bool) -> None:
    """RT11: RT without offline_access: logout → IG; the offline grant survives."""
    tokens = scene.tokens(scope=scope)
    with tenant_scope(scene.tenant.id):
        session = LoginSession.objects.get(user=scene.user)
        lifecycle.end(session=session, reason=EndReason.SIGNED_OUT, actor=SYSTEM)
    refreshed = scene.app.refresh(tokens["refresh_token"])
    assert (refreshed.status == 200) is survives
    if survives:
        claims = scene.app.verify_id_token(refreshed["id_token"])
        assert "sid" not in claims


def test_an_idle_session_ends_what_hangs_on_it(db: None) -> None:
    """SE07: clock past idle → ended; the refresh token is refused."""
    scene = a_scene(policy={"session": {"idle_minutes": 60}})
    with time_machine.travel(NOW, tick=True) as clock:
        tokens = scene.tokens(scope="openid")
        clock.shift(61 * 60)
        assert scene.is_dead(tokens)


def test_refreshing_in_the_background_keeps_nobody_signed_in(db: None) -> None:
    """SE07: heartbeat traffic of an offline grant neither prolongs nor revives a session."""
    scene = a_scene(policy={"session": {"idle_minutes": 60}})
    with time_machine.travel(NOW, tick=True) as clock:
        token = scene.tokens(scope=OFFLINE)["refresh_token"]
        for _ in range(4):
            clock.shift(25 * 60)
            answer = scene.app.refresh(token)
            token = answer["refresh_token"]
        assert "sid" not in scene.app.verify_id_token(answer["id_token"])
        with tenant_scope(scene.tenant.id):
            assert not LoginSession.objects.live().exists()
        _, response = scene.authorize(prompt="none")
        assert answer_in(response.headers["Location"])["error"] == "login_required"


def test_a_scope_that_was_taken_from_the_client_is_gone_from_its_grants(scene: Scene) -> None:
    """RFC 6749 §3.3: the client's registration bounds what it gets, at every issue."""
    tokens = scene.tokens(scope=OFFLINE)
    with tenant_scope(scene.tenant.id):
        registration.update(
            client=scene.app.client, actor=SYSTEM, allowed_scopes=["openid", "offline_access"]
        )
    refreshed = scene.app.refresh(tokens["refresh_token"])
    assert set(refreshed["scope"].split()) == {"openid", "offline_access"}
    assert "email" not in scene.app.verify_id_token(refreshed["id_token"])


def test_everything_of_one_client_can_be_revoked_at_once(scene: Scene) -> None:
    """RT15: "revoke all" at client level: INT, UI, refresh of old tokens are dead; others live."""
    tokens = scene.tokens(scope=OFFLINE)
    with tenant_scope(scene.tenant.id):
        other = App(scene.tenant, an_app(scene.tenant))
    kept = Scene(scene.tenant, scene.user, other, scene.browser)
    theirs = kept.tokens(scope=OFFLINE)
    with tenant_scope(scene.tenant.id):
        grants.revoke_all(client=scene.app.client, reason="test", actor=SYSTEM)
    assert scene.is_dead(tokens)
    assert not kept.is_dead(theirs)


def test_a_token_that_rests_too_long_expires(scene: Scene) -> None:
    """Contract 7.3: refresh 30 days, rotating."""
    with time_machine.travel(NOW, tick=True) as clock:
        tokens = scene.tokens(scope=OFFLINE)
        clock.shift(29 * 86_400)
        second = scene.app.refresh(tokens["refresh_token"])
        assert second.status == 200
        clock.shift(31 * 86_400)
        assert scene.app.refresh(second["refresh_token"])["error"] == "invalid_grant"


def test_sliding_has_an_end(scene: Scene) -> None:
    """RT08: refresh regularly until the absolute end: IG."""
    with time_machine.travel(NOW, tick=True) as clock:
        token = scene.tokens(scope=OFFLINE)["refresh_token"]
        days = 0
        while (answer := scene.app.refresh(token)).status == 200:
            token = answer["refresh_token"]
            clock.shift(20 * 86_400)
            days += 20
            assert days <= 380, "it slides for ever"
        assert answer["error"] == "invalid_grant"
        assert days == 380  # the first step past a year


def test_a_clock_that_steps_back_revives_nothing(scene: Scene) -> None:
    """RT14: the clock steps back 1 h; rotated tokens are still refused."""
    with time_machine.travel(NOW, tick=True) as clock:
        first = scene.tokens(scope=OFFLINE)
        second = scene.app.refresh(first["refresh_token"])
        clock.shift(-3600)
        assert scene.app.refresh(first["refresh_token"])["error"] == "invalid_grant"
        assert scene.app.refresh(second["refresh_token"])["error"] == "invalid_grant"


def test_only_digests_are_stored(scene: Scene) -> None:
    """RT13: only a keyed hash at rest."""
    token = scene.tokens(scope=OFFLINE)["refresh_token"]
    assert token.startswith("srt_")
    with tenant_scope(scene.tenant.id):
        row = RefreshToken.objects.get()
    assert len(bytes(row.digest)) == 32
    assert token.encode() not in bytes(row.digest)


@pytest.mark.parametrize("token", ["x", "srt_", "srt_a\x00b", "é" * 40, "srt_" + "x" * 9000])
def test_a_token_that_never_was_is_a_clean_error(scene: Scene, token: str) -> None:
    """TK20, and no 5xx for any text."""
    answer = scene.app.refresh(token)
    assert (answer.status, answer["error"]) in {
        (400, "invalid_grant"),
        (400, "invalid_request"),
    }


def test_other_tokens_are_no_refresh_tokens(scene: Scene) -> None:
    """TK20: type confusion."""
    tokens = scene.tokens(scope=OFFLINE)
    for value in (tokens["access_token"], tokens["id_token"]):
        assert scene.app.refresh(value)["error"] == "invalid_grant"
    assert scene.app.refresh(tokens["refresh_token"]).status == 200
