"""The demo relying party signs its visitor in, and believes nothing unchecked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from identity.demo.server import listening
from identity.demo.settings import Settings
from tests.devices.http import Browser, Page
from tests.devices.ports import free_port
from tests.devices.scripted_provider import SUBJECT, ScriptedProvider

CLIENT_ID = "demo-web"
CLIENT_SECRET = "s%cret:with/signs+that need encoding"


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(client_id=CLIENT_ID, client_secret=CLIENT_SECRET) as provider:
        yield provider


@pytest.fixture
def browser(provider: ScriptedProvider) -> Iterator[Browser]:
    settings = Settings(
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        host="127.0.0.1",
        port=free_port(),
    )
    with _serving(settings), Browser(settings.origin) as browser:
        yield browser


@contextmanager
def _serving(settings: Settings) -> Iterator[None]:
    with listening(settings) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def _sign_in(browser: Browser, **wishes: str) -> Page:
    start = browser.get("/")
    return browser.submit(start, start.form(action="/sign-in").fill(**wishes))


def test_a_visitor_sees_the_checked_claims_of_both_answers(browser: Browser) -> None:
    """OpenID Connect Core §3.1: code flow with PKCE, state, nonce, iss and client_secret_basic."""
    page = _sign_in(browser)

    assert page.url.endswith("/claims")
    assert SUBJECT in page.text
    assert "Ada &lt;Lovelace&gt;" in page.text
    assert "<Lovelace>" not in page.text


def test_refresh_spends_the_refresh_token_and_keeps_the_visitor(browser: Browser) -> None:
    """RFC 6749 §6; OpenID Connect Core §12.2."""
    page = _sign_in(browser)
    page = browser.submit(page, page.form(action="/refresh"))
    page = browser.submit(page, page.form(action="/refresh"))

    assert "2 times" in page.text


def test_signing_out_ends_the_session_here_and_at_the_provider(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """OpenID Connect RP-Initiated Logout §2 and §3."""
    page = _sign_in(browser)
    page = browser.submit(page, page.form(action="/sign-out"))

    assert ("GET", "/logout") in provider.requests
    assert "You are signed out, here and at the provider." in page.text
    assert browser.get("/claims").url.endswith("/")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://other.example"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": [CLIENT_ID, "another-client"]}, "azp"),
        ({"azp": "another-client"}, "azp"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1}, "exp"),
        ({"iat": 4_000_000_000}, "future"),
        ({"sub": None}, "sub"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
    ],
)
def test_an_id_token_that_fails_a_check_signs_nobody_in(
    browser: Browser, provider: ScriptedProvider, claims: dict[str, object], reason: str
) -> None:
    """OpenID Connect Core §3.1.3.7, §3.1.3.8."""
    provider.script.claims = claims

    page = _sign_in(browser)

    assert page.status == 502
    assert "could not be trusted" in page.text
    assert reason in page.text
    assert browser.get("/claims").url.endswith("/")


def test_an_id_token_signed_by_another_key_signs_nobody_in(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """OpenID Connect Core §3.1.3.7, 6."""
    provider.script.sign_with_other_key = True

    assert "could not be trusted" in _sign_in(browser).text


def test_a_sign_in_older_than_max_age_is_refused(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """OpenID Connect Core §3.1.3.7, 13."""
    provider.script.claims = {"auth_time": 1}

    assert "auth_time" in _sign_in(browser, max_age="60").text


@pytest.mark.parametrize("issuer", ["https://other.example", None])
def test_an_answer_of_another_issuer_is_not_redeemed(
    browser: Browser, provider: ScriptedProvider, issuer: str | None
) -> None:
    """RFC 9207 §2.4."""
    provider.script.response = {"iss": issuer}

    assert "could not be trusted" in _sign_in(browser).text
    assert ("POST", "/token") not in provider.requests


def test_an_answer_nobody_asked_for_is_not_redeemed(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """RFC 6749 §10.12: a code planted by an attacker must not be used."""
    page = browser.get("/callback?code=planted&state=planted")

    assert "not begun here" in page.text
    assert ("POST", "/token") not in provider.requests


def test_userinfo_about_somebody_else_is_not_shown(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """OpenID Connect Core §5.3.2."""
    provider.script.userinfo = {"sub": "somebody-else", "name": "Mallory"}

    page = _sign_in(browser)

    assert "could not be trusted" in page.text
    assert "Mallory" not in page.text


def test_a_refused_refresh_is_told_and_signs_out(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """RFC 6749 §5.2."""
    page = _sign_in(browser)
    provider.script.token_error = "invalid_grant"

    page = browser.submit(page, page.form(action="/refresh"))

    assert "does not accept this sign-in any more" in page.text
    assert browser.get("/claims").url.endswith("/")


def test_an_error_of_the_provider_is_told_in_plain_words(
    browser: Browser, provider: ScriptedProvider
) -> None:
    """OpenID Connect Core §3.1.2.6."""
    provider.script.response = {"code": None, "error": "login_required"}

    page = _sign_in(browser)

    assert "You are not signed in at the provider" in page.text


def test_a_form_of_another_site_changes_nothing(browser: Browser) -> None:
    """RFC 6749 §10.12: requests forged by another site."""
    _sign_in(browser)

    page = browser.post("/sign-out", {}, origin="https://other.example")

    assert page.status == 403
    assert browser.get("/claims").url.endswith("/claims")


def test_pages_are_closed_to_script_and_to_frames(browser: Browser) -> None:
    """Content Security Policy Level 3: nothing but the demo's own style sheet and pictures."""
    policy = browser.get("/").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_name_that_merely_resolves_to_the_loopback_is_refused(browser: Browser) -> None:
    """DNS rebinding: the Host header is the only thing that tells it."""
    rebound = browser.base.replace("127.0.0.1", "localhost")

    assert browser.get(rebound).status == 421
