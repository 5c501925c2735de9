"""Codes: redeemed once, by the right client, with the right verifier, in time."""

from datetime import UTC, datetime

import pytest
import time_machine

from authn.sessions import lifecycle
from authn.sessions.models import EndReason, LoginSession, TokenGrant
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.consents import consenting
from oidc.provider.models import AuthorizationCode
from tenants.clients import registration
from tenants.users import accounts
from tests.devices.relying_party import Answer, Asked
from tests.oidc.parties import App, Scene, a_scene, an_app

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_replayed_code_kills_what_it_was_used_for(scene: Scene) -> None:
    """TK01: IG, then FAM: UI with the first token = IT (defect 5 of django-oauth-toolkit)."""
    asked, code = scene.code(scope="openid offline_access")
    first = scene.app.exchange(code, asked)
    assert scene.app.userinfo(first["access_token"]).status == 200
    replay = scene.app.exchange(code, asked)
    assert (replay.status, replay["error"]) == (400, "invalid_grant")
    assert scene.is_dead(first)
    with tenant_scope(scene.tenant.id):
        assert TokenGrant.objects.get(user=scene.user).revoke_reason == "code_replayed"
        assert Event.objects.filter(type="grant.revoked", reason="code_replayed").count() == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"code_verifier": ""}, "code_code_verifier"),
        ({"code_verifier": "x" * 43}, "code_code_verifier"),
        ({"code_verifier": "x" * 42}, "code_code_verifier"),
        ({"code_verifier": "x" * 129}, "code_code_verifier"),
        ({"code_verifier": "é" * 43}, "code_code_verifier"),
        ({"redirect_uri": "https://app.example.com/other"}, "code_redirect_uri"),
        ({"redirect_uri": ""}, "code_redirect_uri"),
    ],
)
def test_a_code_is_burnt_at_its_first_failure(
    scene: Scene, wrong: dict[str, str], reason: str
) -> None:
    """D1, PK03, PK05, RU10: IG, and the right values come too late."""
    asked, code = scene.code()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": scene.app.redirect_uri,
        "code_verifier": asked.code_verifier,
        **wrong,
    }
    assert scene.app.token(**form)["error"] == "invalid_grant"
    assert scene.app.exchange(code, asked)["error"] == "invalid_grant"
    with tenant_scope(scene.tenant.id):
        assert TokenGrant.objects.get(user=scene.user).revoke_reason == reason


def test_a_verifier_in_another_spelling_is_another_verifier(scene: Scene) -> None:
    """PK05: the challenge itself, padding, other case."""
    for change in (
        lambda asked: asked.url.partition("code_challenge=")[2].partition("&")[0],
        lambda asked: f"{asked.code_verifier}=",
        lambda asked: asked.code_verifier.swapcase(),
    ):
        asked, code = scene.code()
        changed = Asked(
            url=asked.url, state=asked.state, nonce=asked.nonce, code_verifier=change(asked)
        )
        assert scene.app.exchange(code, changed)["error"] == "invalid_grant"


def test_a_code_belongs_to_the_client_it_was_issued_to(scene: Scene) -> None:
    """FAPI 2.0: code bound to the client; D1: presented by another client it is burnt."""
    asked, code = scene.code()
    with tenant_scope(scene.tenant.id):
        other = App(scene.tenant, an_app(scene.tenant))
    assert other.exchange(code, asked)["error"] == "invalid_grant"
    assert scene.app.exchange(code, asked)["error"] == "invalid_grant"


def test_a_code_means_nothing_at_another_tenant(db: None) -> None:
    """TK05: T1's code at T2's token endpoint with the same client_id → IG, V's code unharmed."""
    one, two = a_scene(), a_scene()
    with tenant_scope(one.tenant.id):
        first = App(one.tenant, an_app(one.tenant, "twin"))
    with tenant_scope(two.tenant.id):
        second = App(two.tenant, an_app(two.tenant, "twin"))
    asked, code = Scene(one.tenant, one.user, first, one.browser).code()
    assert second.exchange(code, asked)["error"] == "invalid_grant"
    assert first.exchange(code, asked).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(50, 200), (61, 400)])
def test_a_code_lives_for_a_minute(scene: Scene, seconds: int, status: int) -> None:
    """TK06: clock + 61 s → IG."""
    with time_machine.travel(NOW, tick=True) as clock:
        asked, code = scene.code()
        clock.shift(seconds)
        assert scene.app.exchange(code, asked).status == status


def _disable_user(scene: Scene) -> None:
    accounts.deactivate(user=scene.user, actor=SYSTEM)


def _sign_out(scene: Scene) -> None:
    session = LoginSession.objects.get(user=scene.user)
    lifecycle.end(session=session, reason=EndReason.SIGNED_OUT, actor=SYSTEM)


def _withdraw(scene: Scene) -> None:
    consenting.withdraw(user=scene.user, client=scene.app.client, actor=SYSTEM)


def _change_password(scene: Scene) -> None:
    lifecycle.end_all(user=scene.user, reason=EndReason.CREDENTIAL_CHANGED, actor=SYSTEM)


@pytest.mark.parametrize("change", [_disable_user, _sign_out, _withdraw, _change_password])
@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_what_changed_in_between_counts(scene: Scene, change: object, scope: str) -> None:
    """TK07: user disabled / password changed / consent revoked / logout → IG."""
    assert callable(change)
    asked, code = scene.code(scope=scope)
    with tenant_scope(scene.tenant.id):
        change(scene)
    assert scene.app.exchange(code, asked)["error"] == "invalid_grant"


def test_a_client_that_was_disabled_in_between_is_nobody(scene: Scene) -> None:
    """TK07: client disabled → IC at authentication already."""
    asked, code = scene.code()
    with tenant_scope(scene.tenant.id):
        registration.update(client=scene.app.client, actor=SYSTEM, is_disabled=True)
    assert scene.app.exchange(code, asked)["error"] == "invalid_client"


@pytest.mark.parametrize("code", ["x", "sac_", "a\x00b", "é", "x" * 5000])
def test_a_code_that_never_was_is_a_clean_error(scene: Scene, code: str) -> None:
    """Defect 6 of django-oauth-toolkit, TK13: no 5xx for any text."""
    asked = scene.app.ask()
    answer = scene.app.exchange(code, asked)
    assert answer.status == 400
    assert answer["error"] in {"invalid_grant", "invalid_request"}


def test_only_digests_of_codes_are_stored(scene: Scene) -> None:
    """TK18, RT13: only keyed digests at rest, typed prefix, at least 120 bits."""
    _, code = scene.code()
    with tenant_scope(scene.tenant.id):
        row = AuthorizationCode.objects.get()
    assert code.startswith("sac_")
    assert len(code) >= len("sac_") + 43
    assert code.encode() not in bytes(row.digest)
    assert len(bytes(row.digest)) == 32


def test_a_scope_at_the_exchange_changes_nothing(scene: Scene) -> None:
    """TK14: code grant with `scope=` wider → no widening."""
    asked, code = scene.code(scope="openid")
    answer: Answer = scene.app.exchange(code, asked, scope="openid email reports:read")
    assert answer["scope"] == "openid"
