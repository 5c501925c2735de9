"""What /authorize refuses before anybody is asked anything, request by request."""

import time
from typing import Any

import pytest

from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.provider.models import AuthorizationCode, AuthorizationRequest
from tenants.clients import registration
from tests.devices.relying_party import answer_in
from tests.oidc.parties import CALLBACK, Scene, a_scene, path_of

REFUSED_WITH_A_PAGE = {
    # AZ01, AZ02: client unknown, redirect foreign
    "unknown client": {"client_id": "nope", "redirect_uri": "https://evil.tld/cb"},
    "client with a NUL": {"client_id": "a\x00b"},
    "no client": {"client_id": None},
    "open redirector": {"redirect_uri": "https://evil.tld", "prompt": "none"},
    # RU09
    "no redirect URI": {"redirect_uri": None},
}
# RU01 to RU06 and RU11 to RU12, against https://app.example.com/cb
FOREIGN_REDIRECTS = [
    "https://app.example.com.evil.tld/cb",
    "https://evil.tld/app.example.com/cb",
    "https://appXexample.com/cb",
    "https://app.example.com@evil.tld/cb",
    "https://evil.tld#@app.example.com/cb",
    "https://app.example.com%40evil.tld/cb",
    "https://app.example.com/cb/../evil",
    "https://app.example.com/cb/%2e%2e/x",
    "https://app.example.com/cb;x",
    "https://app.example.com/cb%00",
    "https://app.example.com/cb\x00",
    "https://app.example.com/cb%0d%0a",
    "https://app.example.com//cb",
    "HTTPS://APP.example.com/cb",
    "https://app.example.com:443/cb",
    "https://app.example.com/cb/",
    "https://app.example.com/c%62",
    "https://app.example.com/cb ",
    "https://app.example.com/cb?x=1",
    "https://app.example.com/cb#f",
    "https:\\evil.tld",
    "https:/\\evil.tld",
    "https://evil。tld",
    "https://app.example.com\n.evil.tld",
    "https://[::ffff:1.2.3.4]",
    "https://\u0430pp.example.com/cb",  # Cyrillic
    "https://*.example.com/cb",
    "*",
    "javascript:alert(1)//",
    "http://app.example.com/cb",
]
ANSWERED_WITH = [
    # AZ03, AZ04
    ("invalid_request", {"response_type": None}),
    ("unsupported_response_type", {"response_type": "foo"}),
    ("unsupported_response_type", {"response_type": "code foo"}),
    ("unsupported_response_type", {"response_type": "token"}),
    ("unsupported_response_type", {"response_type": "id_token"}),
    ("unsupported_response_type", {"response_type": "code id_token"}),
    ("unsupported_response_type", {"response_type": "CODE"}),
    # AZ07: nothing but query is offered
    ("invalid_request", {"response_mode": "form_post"}),
    ("invalid_request", {"response_mode": "fragment"}),
    # AZ08: too long to be kept
    ("invalid_request", {"state": "s" * 8192}),
    ("invalid_request", {"nonce": "n" * 513}),
    # AZ13
    ("invalid_request", {"prompt": "none login"}),
    ("invalid_request", {"prompt": "maybe"}),
    ("invalid_request", {"max_age": "soon"}),
    ("invalid_request", {"max_age": "-1"}),
    ("invalid_request", {"max_age": "9" * 30}),
    ("invalid_request", {"max_age": "٣"}),
    # AZ14
    ("invalid_request", {"id_token_hint": "eyJhbGciOiJub25lIn0.e30."}),
    # AZ16, AZ17
    ("request_uri_not_supported", {"request_uri": "http://127.0.0.1:9/canary"}),
    ("request_uri_not_supported", {"request_uri": "file:///etc/passwd"}),
    ("request_not_supported", {"request": "eyJhbGciOiJub25lIn0.e30."}),
    ("registration_not_supported", {"registration": "{}"}),
    # AZ19
    ("invalid_scope", {"scope": "openid USER"}),
    ("invalid_scope", {"scope": "admin"}),
    ("invalid_scope", {"scope": None}),
    # PK01, PK02
    ("invalid_request", {"code_challenge": None}),
    ("invalid_request", {"code_challenge_method": "plain"}),
    ("invalid_request", {"code_challenge_method": None}),
    ("invalid_request", {"code_challenge_method": "s256"}),
    ("invalid_request", {"code_challenge_method": "S512"}),
    ("invalid_request", {"code_challenge": "short"}),
    ("invalid_request", {"code_challenge": "=" * 43}),
]


@pytest.mark.parametrize("parameters", REFUSED_WITH_A_PAGE.values(), ids=REFUSED_WITH_A_PAGE)
def test_without_a_usable_client_and_address_there_is_a_page_and_no_redirect(
    scene: Scene, parameters: dict[str, Any]
) -> None:
    """AZ01, AZ02, RU09: HTML error page at the OP, status 400, no Location, no code."""
    _, response = scene.authorize(**parameters)
    _assert_page(response)


@pytest.mark.parametrize("uri", FOREIGN_REDIRECTS)
def test_only_the_very_string_that_was_registered_is_redirected_to(scene: Scene, uri: str) -> None:
    """RU01–RU06, RU11, RU12: "Simple String Comparison" (OpenID Connect Core §3.1.2.1)."""
    _, response = scene.authorize(redirect_uri=uri)
    _assert_page(response)


@pytest.mark.parametrize(
    ("uri", "is_accepted"),
    [
        ("http://127.0.0.1:5123/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://localhost:9/cb", False),
        ("http://127.0.0.1.evil.tld/cb", False),
        ("http://[::1]:9/cb", False),
        ("http://127.0.0.1:5123/other", False),
    ],
)
def test_a_native_client_may_choose_its_loopback_port(
    db: None, uri: str, is_accepted: bool
) -> None:
    """RU07, RFC 8252 §7.3: same literal and path, any port, native type only."""
    scene = a_scene(
        client_type="public", application_type="native", redirect_uris=["http://127.0.0.1/cb"]
    )
    scene.app.redirect_uri = "http://127.0.0.1/cb"
    _, response = scene.authorize(redirect_uri=uri)
    assert (response.status_code == 303) is is_accepted


@pytest.mark.parametrize(("code", "parameters"), ANSWERED_WITH)
def test_what_else_is_wrong_is_told_to_the_client(
    scene: Scene, code: str, parameters: dict[str, Any]
) -> None:
    """AZ03, AZ04, AZ07, AZ08, AZ13, AZ14, AZ16, AZ17, AZ19, PK01, PK02: RE(code), and no code."""
    asked, response = scene.authorize(**parameters)
    assert response.status_code == 303, response.content
    location = response.headers["Location"]
    assert location.startswith(f"{CALLBACK}?")
    answer = answer_in(location)
    assert answer["error"] == code, answer
    assert answer["iss"] == scene.app.issuer
    assert answer["state"] == parameters.get("state", asked.state)
    assert _nothing_is_stored(scene)


def test_a_parameter_given_twice_is_refused_where_it_matters(scene: Scene) -> None:
    """AZ05: HE if client or redirect are duplicated, else RE(invalid_request)."""
    asked = scene.app.ask(prompt="login")
    for name in ("client_id", "redirect_uri"):
        _assert_page(scene.browser.get(f"{path_of(asked.url)}&{name}=x"))
    for name in ("scope", "state", "nonce", "code_challenge", "prompt", "response_type"):
        response = scene.browser.get(f"{path_of(asked.url)}&{name}=x")
        answer = answer_in(response.headers["Location"])
        assert answer["error"] == "invalid_request"
        assert ("state" in answer) is (name != "state")


def test_query_and_body_are_one_request(scene: Scene) -> None:
    """AZ06: POST /authorize?scope=a with scope=b in the body is an invalid request."""
    asked = scene.app.ask()
    path, _, query = path_of(asked.url).partition("?")
    response = scene.browser.http.post(
        f"{path}?scope=openid", query, content_type="application/x-www-form-urlencoded"
    )
    assert answer_in(response.headers["Location"])["error"] == "invalid_request"


def test_a_posted_request_is_asked_again_by_get(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.1: POST is supported. A cross-site POST carries no Lax cookies,
    so the browser is sent round once more before any session is looked at."""
    scene.tokens()
    asked = scene.app.ask()
    path, _, query = path_of(asked.url).partition("?")
    response = scene.browser.http.post(
        path, query, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 303
    again = scene.browser.get(path_of(response.headers["Location"]))
    assert scene.app.exchange(answer_in(again.headers["Location"])["code"], asked).status == 200


@pytest.mark.parametrize(
    "state",
    [
        "a\r\nSet-Cookie: x=y",
        "<svg onload=alert(1)>\"'",
        "😀 и ünï",
        "%00 %0d%0a",
        "a&code=forged&iss=https://evil.tld",
        " leading and trailing ",
    ],
)
def test_a_state_comes_back_byte_for_byte(scene: Scene, state: str) -> None:
    """AZ08: returned byte-exact, percent-encoded; no header is added."""
    scene.tokens()
    _, response = scene.authorize(state=state)
    answer = answer_in(response.headers["Location"])
    assert answer["state"] == state
    assert answer["iss"] == scene.app.issuer
    assert "\n" not in response.headers["Location"]
    assert "x" not in response.cookies


def test_a_state_with_a_nul_is_refused(scene: Scene) -> None:
    """AZ08, and defect 6 of django-oauth-toolkit: a NUL is a clean error, never a 500."""
    _, response = scene.authorize(state="a\x00b")
    _assert_page(response)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"])
def test_other_methods_do_nothing(scene: Scene, method: str) -> None:
    """AZ22: 405, no CORS, no code created."""
    scene.tokens()
    before = _codes(scene)
    asked = scene.app.ask()
    response = scene.browser.http.generic(
        method, path_of(asked.url), headers={"origin": "https://evil.tld"}
    )
    assert response.status_code == 405
    assert not any(name.lower().startswith("access-control") for name in response.headers)
    assert _codes(scene) == before


def test_a_claims_bomb_is_not_even_read(scene: Scene) -> None:
    """AZ23: `claims` of 1 MB or of a great depth costs at most 200 ms."""
    scene.tokens()
    began = time.perf_counter()
    _, response = scene.authorize(claims="[" * 10_000)
    assert "code" in answer_in(response.headers["Location"])
    _, response = scene.authorize(claims="x" * 1_000_000)
    _assert_page(response)
    assert time.perf_counter() - began < 0.4


def test_what_nobody_knows_is_ignored(scene: Scene) -> None:
    """RFC 6749 §3.1: unrecognized request parameters must be ignored; unknown scopes, too."""
    scene.tokens()
    asked, response = scene.authorize(scope="openid address phone", extra="foobar")
    answer = scene.app.exchange(answer_in(response.headers["Location"])["code"], asked)
    assert answer["scope"] == "openid"


def test_locales_and_displays_are_not_kept(scene: Scene) -> None:
    """AZ26: distinct ui_locales and display values create nothing."""
    for number in range(20):
        _, response = scene.authorize(
            ui_locales=f"xx-{number}", display=f"d{number}", prompt="none"
        )
        assert answer_in(response.headers["Location"])["error"] == "login_required"
    assert _nothing_is_stored(scene)


def test_a_query_that_was_registered_stays_in_front(db: None) -> None:
    """RFC 6749 §3.1.2: the query component "MUST be retained when adding additional parameters"."""
    uri = "https://app.example.com/cb?tab=a%20b&x=1"
    scene = a_scene(redirect_uris=[uri])
    scene.app.redirect_uri = uri
    asked, code = scene.code()
    _, response = scene.authorize()
    assert response.headers["Location"].startswith(f"{uri}&code=")
    assert scene.app.exchange(code, asked).status == 200


def test_an_unknown_tenant_has_a_page_for_people(db: None) -> None:
    """MX02, TI: no provider, and nothing of a request is repeated."""
    scene = a_scene()
    response = scene.browser.get("/api/oidc/nowhere/authorize?client_id=x&redirect_uri=//evil.tld")
    assert response.status_code == 404
    assert "Location" not in response.headers
    assert "evil" not in response.content.decode()


def test_a_disabled_client_is_as_unknown(scene: Scene) -> None:
    """AZ01, AZ20: disable the client, then authorize: no code."""
    scene.tokens()
    with tenant_scope(scene.tenant.id):
        registration.update(client=scene.app.client, actor=SYSTEM, is_disabled=True)
    _, response = scene.authorize()
    _assert_page(response)


def test_a_machine_client_has_no_business_here(db: None) -> None:
    """RFC 6749 §4.1.2.1, unauthorized_client."""
    scene = a_scene(grant_types=["client_credentials"])
    _, response = scene.authorize()
    assert answer_in(response.headers["Location"])["error"] == "unauthorized_client"


def _assert_page(response: Any) -> None:
    assert response.status_code == 400, response.content
    assert "Location" not in response.headers
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src" in response.headers["Content-Security-Policy"]


def _codes(scene: Scene) -> int:
    with tenant_scope(scene.tenant.id):
        return AuthorizationCode.objects.count()


def _nothing_is_stored(scene: Scene) -> bool:
    with tenant_scope(scene.tenant.id):
        return _codes(scene) == 0 and AuthorizationRequest.objects.count() == 0
