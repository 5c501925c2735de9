"""When a person is asked, and that nobody gets past the question."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from authn.login import attempts
from authn.sessions import lifecycle
from authn.sessions.models import EndReason, LoginSession
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import platform_scope, tenant_scope
from oidc.provider import id_tokens
from oidc.provider.models import AuthorizationCode, AuthorizationRequest
from tenants.clients import registration
from tenants.registry import lifecycle as tenants
from tenants.users import accounts
from tests.builders.signing_in import Browser, a_person
from tests.devices.relying_party import answer_in
from tests.oidc.parties import App, Scene, a_scene, an_app, path_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_silent_request_without_a_session_says_so(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.6, login_required; nothing is displayed (defect 4)."""
    _, response = scene.authorize(prompt="none")
    assert answer_in(response.headers["Location"])["error"] == "login_required"


def test_a_silent_request_with_a_session_is_answered_at_once(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.1, prompt=none; django-oauth-toolkit's defect 4 was a 500."""
    scene.tokens()
    asked, response = scene.authorize(prompt="none")
    answer = answer_in(response.headers["Location"])
    assert scene.app.exchange(answer["code"], asked).status == 200


def test_prompt_login_asks_for_a_fresh_proof(scene: Scene) -> None:
    """AZ12: fresh credential entry forced; auth_time ≥ request time."""
    with time_machine.travel(NOW, tick=True) as clock:
        first = scene.app.verify_id_token(scene.tokens()["id_token"])
        clock.shift(7200)
        requested = datetime.now(UTC)
        asked, response = scene.authorize(prompt="login")
        location = response.headers["Location"]
        assert "auth_req_id" in location
        # The account page of the sign-in offers no way round.
        page = scene.browser.get(location)
        assert "Continue as" not in page.content.decode()
        answer = answer_in(scene.sign_in(response).headers["Location"])
        second = scene.app.verify_id_token(scene.app.exchange(answer["code"], asked)["id_token"])
    assert second["auth_time"] >= int(requested.timestamp()) > first["auth_time"]


def test_an_old_sign_in_does_not_answer_for_a_fresh_one(scene: Scene) -> None:
    """AZ12, AZ24: the continue URL of an unfinished sign-in leads back to the sign-in."""
    scene.tokens()
    _, response = scene.authorize(prompt="login")
    resume = _resume_of(scene)
    again = scene.browser.get(resume)
    assert again.headers["Location"] == response.headers["Location"]
    assert _codes(scene) == 1  # the one of the first sign-in


@pytest.mark.parametrize(("max_age", "is_asked"), [("0", True), ("60", True), ("10000", False)])
def test_max_age_bounds_the_age_of_the_sign_in(scene: Scene, max_age: str, is_asked: bool) -> None:
    """AZ12, OpenID Connect Core §3.1.2.1: elapsed greater than max_age → re-authenticate."""
    with time_machine.travel(NOW, tick=True) as clock:
        scene.tokens()
        clock.shift(3600)
        asked, response = scene.authorize(max_age=max_age)
        location = response.headers["Location"]
        assert ("auth_req_id" in location) is is_asked
        if is_asked:
            silent = scene.authorize(max_age=max_age, prompt="none")[1]
            assert answer_in(silent.headers["Location"])["error"] == "login_required"
            location = scene.sign_in(response).headers["Location"]
        code = answer_in(location)["code"]
        claims = scene.app.verify_id_token(scene.app.exchange(code, asked)["id_token"])
        assert claims["auth_time"] >= datetime.now(UTC).timestamp() - int(max_age) - 5


def test_select_account_asks_although_somebody_is_signed_in(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.1, prompt=select_account."""
    scene.tokens()
    _, response = scene.authorize(prompt="select_account")
    page = scene.browser.get(response.headers["Location"]).content.decode()
    assert "Ada Lovelace" in page


def test_going_on_as_the_offered_account_answers_the_client(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.1, prompt=select_account: the chosen session is used."""
    scene.tokens()
    asked, response = scene.authorize(prompt="select_account")
    attempt = response.headers["Location"]
    with tenant_scope(scene.tenant.id):
        session = LoginSession.objects.get(user=scene.user)
    left = scene.browser.post(scene.browser.at("account", attempt), account=str(session.id))
    back = scene.browser.get(left.headers["Location"])
    assert scene.app.exchange(answer_in(back.headers["Location"])["code"], asked).status == 200


def test_a_login_hint_fills_the_field_and_tells_nothing(scene: Scene) -> None:
    """AZ15: the same page for existing and unknown names, the value escaped."""
    pages = []
    for hint in ("ada@example.com", "nobody@example.com", '"><svg onload=alert(1)>'):
        _, response = scene.authorize(login_hint=hint)
        page = scene.browser.get(response.headers["Location"])
        pages.append((page.status_code, len(page.templates)))
        assert "<svg onload" not in page.content.decode()
    assert len(set(pages)) == 1


def test_a_hint_for_somebody_else_never_signs_that_person_in(scene: Scene) -> None:
    """AZ14: hint of U2 → RE(login_required); never logs in as the hint's sub."""
    with tenant_scope(scene.tenant.id):
        other = a_person(scene.tenant, "bob")
    theirs = Scene(scene.tenant, other, scene.app, Browser(scene.tenant))
    hint = theirs.tokens()["id_token"]
    scene.tokens()
    _, response = scene.authorize(prompt="none", id_token_hint=hint)
    assert answer_in(response.headers["Location"])["error"] == "login_required"
    _, response = scene.authorize(id_token_hint=hint)
    assert "auth_req_id" in response.headers["Location"]


def test_an_expired_hint_of_the_right_person_is_good(scene: Scene) -> None:
    """AZ14, OpenID Connect Core §3.1.2.1: an ID token "previously issued"."""
    with time_machine.travel(NOW, tick=True) as clock:
        hint = scene.tokens()["id_token"]
        clock.shift(3600)
        _, response = scene.authorize(prompt="none", id_token_hint=hint)
    assert "code" in answer_in(response.headers["Location"])


def test_forged_and_foreign_hints_are_invalid_requests(scene: Scene) -> None:
    """AZ14, JW05, JW11: alg none, another tenant's, an access token, another client's."""
    tokens = scene.tokens()
    foreign = a_scene().tokens()["id_token"]
    with tenant_scope(scene.tenant.id):
        other = Scene(
            scene.tenant, scene.user, App(scene.tenant, an_app(scene.tenant)), scene.browser
        )
    theirs = other.tokens()["id_token"]
    header, payload, signature = tokens["id_token"].split(".")
    for hint in (
        f"eyJhbGciOiJub25lIn0.{payload}.",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        foreign,
        theirs,
        tokens["access_token"],
        tokens["refresh_token"],
    ):
        _, response = scene.authorize(prompt="none", id_token_hint=hint)
        assert answer_in(response.headers["Location"])["error"] == "invalid_request", hint


def test_another_browser_cannot_finish_a_sign_in(scene: Scene) -> None:
    """AZ25, SE16: the transaction is bound to the browser that began it."""
    attacker = Browser(scene.tenant)
    asked = scene.app.ask()
    begun = attacker.get(path_of(asked.url))
    resume = _resume_of(scene)
    scene.tokens()  # the victim is signed in in a browser of their own
    for url in (begun.headers["Location"], resume, resume.replace("resume", "consent")):
        answer = scene.browser.get(url)
        assert answer.status_code == 403
        assert "Location" not in answer.headers


def test_a_sign_in_that_was_cancelled_is_told_to_the_client(scene: Scene) -> None:
    """RFC 6749 §4.1.2.1, access_denied: the resource owner denied the request."""
    asked, response = scene.authorize()
    cancelled = scene.browser.get(scene.browser.at("cancel", response.headers["Location"]))
    back = scene.browser.get(cancelled.headers["Location"])
    answer = answer_in(back.headers["Location"])
    assert (answer["error"], answer["state"]) == ("access_denied", asked.state)


def test_a_request_is_answered_once(scene: Scene) -> None:
    """AZ12: going back to the continue URL issues no second code."""
    _, response = scene.authorize()
    scene.sign_in(response)
    again = scene.browser.get(_resume_of(scene))
    assert (again.status_code, _codes(scene)) == (410, 1)


def test_a_prefetch_consumes_nothing(scene: Scene) -> None:
    """Contract 2.5: HEAD and prefetch requests consume nothing."""
    scene.tokens()
    asked = scene.app.ask()
    for header in ({"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}):
        assert scene.browser.get(path_of(asked.url), **header).status_code == 204
    scene.authorize(prompt="login")
    resume = _resume_of(scene)
    assert scene.browser.get(resume, **{"sec-purpose": "prefetch"}).status_code == 204
    assert _codes(scene) == 1  # the one of the first sign-in


def test_a_request_does_not_wait_longer_than_ten_minutes(scene: Scene) -> None:
    """Contract 7.3: authorization request 10 minutes."""
    with time_machine.travel(NOW, tick=True) as clock:
        scene.authorize()
        resume = _resume_of(scene)
        clock.shift(601)
        assert scene.browser.get(resume).status_code == 410


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["https://app.example.com/new"]},
        {"allowed_scopes": ["email"]},
        {"is_disabled": True},
    ],
)
def test_what_an_operator_took_from_the_client_meanwhile_counts(
    scene: Scene, change: dict[str, Any]
) -> None:
    """AZ20, RU10: an address or scope that was withdrawn while the person signed in: no code."""
    _, response = scene.authorize()
    done = scene.browser.sign_in("ada", attempt=response.headers["Location"])
    with tenant_scope(scene.tenant.id):
        registration.update(client=scene.app.client, actor=SYSTEM, **change)
    assert scene.browser.get(done.headers["Location"]).status_code == 410
    assert _codes(scene) == 0


def test_a_session_that_ended_meanwhile_answers_for_nobody(scene: Scene) -> None:
    """SE04, AZ20: signed in, then ended by an operator before the browser came back."""
    _, response = scene.authorize()
    done = scene.browser.sign_in("ada", attempt=response.headers["Location"])
    with tenant_scope(scene.tenant.id):
        session = LoginSession.objects.get(user=scene.user)
        lifecycle.end(session=session, reason=EndReason.ENDED_BY_OPERATOR, actor=SYSTEM)
    assert scene.browser.get(done.headers["Location"]).status_code == 410
    assert _codes(scene) == 0


def test_a_disabled_person_gets_no_code(scene: Scene) -> None:
    """AZ20: disable the user, then authorize with a live cookie: login, no code."""
    scene.tokens()
    with tenant_scope(scene.tenant.id):
        accounts.deactivate(user=scene.user, actor=SYSTEM)
    _, response = scene.authorize(prompt="none")
    assert answer_in(response.headers["Location"])["error"] == "login_required"


def test_a_suspended_tenant_has_no_provider(scene: Scene) -> None:
    """AZ20, RT07: suspend the tenant: every endpoint is gone."""
    tokens = scene.tokens()
    with platform_scope():
        tenants.suspend(tenant=scene.tenant, actor=SYSTEM)
    assert scene.authorize()[1].status_code == 404
    assert scene.app.userinfo(tokens["access_token"]).status == 404
    assert scene.app.refresh(tokens["refresh_token"]).status == 404


def test_two_accounts_in_one_browser_do_not_mix(scene: Scene) -> None:
    """SE08: U2 never gets U1's tokens; the active account answers, a hint chooses the other."""
    first = scene.app.verify_id_token(scene.tokens()["id_token"])
    with tenant_scope(scene.tenant.id):
        bob = a_person(scene.tenant, "bob")
    theirs = Scene(scene.tenant, bob, scene.app, scene.browser)
    asked, response = theirs.authorize(prompt="login")
    code = answer_in(theirs.sign_in(response).headers["Location"])["code"]
    hint = scene.app.exchange(code, asked)["id_token"]
    assert scene.app.verify_id_token(hint)["sub"] == str(bob.id)
    asked, response = scene.authorize(login_hint="ada")
    answer = scene.app.exchange(answer_in(response.headers["Location"])["code"], asked)
    assert scene.app.verify_id_token(answer["id_token"])["sub"] == first["sub"]


def test_hints_are_read_but_hold_no_power_of_their_own(scene: Scene) -> None:
    """JW11: only an ID token of this issuer is a hint, and only for the client it was made for."""
    token = scene.tokens()["id_token"]
    with tenant_scope(scene.tenant.id):
        mine = id_tokens.read_hint(tenant=scene.tenant, token=token, client_id=scene.app.client_id)
        other = id_tokens.read_hint(tenant=scene.tenant, token=token, client_id="other")
    assert mine is not None
    assert other is None


def _resume_of(scene: Scene) -> str:
    """The continue URL of the newest request."""
    with tenant_scope(scene.tenant.id):
        row = AuthorizationRequest.objects.order_by("-created_at").first()
        assert row is not None
        attempt = row.attempt
        assert attempt is not None
        assert attempts.find(tenant=scene.tenant, auth_req_id=attempt.public_id) == attempt
        return attempt.resume_url


def _codes(scene: Scene) -> int:
    with tenant_scope(scene.tenant.id):
        return AuthorizationCode.objects.count()
