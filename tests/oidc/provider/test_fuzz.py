"""Whatever is sent to the protocol's endpoints, the answer is one of theirs."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.oidc.parties import CALLBACK, Scene
from tests.sizes import SEED, sized

FORM = "application/x-www-form-urlencoded"
ENDPOINTS = ("token", "introspect", "revoke", "userinfo", "authorize", "logout")
NAMES = [
    "client_id",
    "client_secret",
    "grant_type",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "scope",
    "token",
    "token_type_hint",
    "access_token",
    "response_type",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "id_token_hint",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "acr_values",
    "ui_locales",
    "response_mode",
    "tenant_id",
    "post_logout_redirect_uri",
    "display",
    "request",
    "request_uri",
    "resource",
]
# What our own parsers look for, so that the interesting branches are reached.
WORDS = (
    CALLBACK, "code", "S256", "none", "login consent", "openid", "authorization_code", "0", "-1",
    "refresh_token", "client_credentials", "srt_", "sac_", "a.b.c", "x" * 43, "..", "\x00", "é", "",
)  # fmt: skip
values = st.one_of(st.sampled_from(WORDS), st.text(max_size=40), st.text("0123456789", max_size=40))
pairs = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), values))
forms = st.one_of(
    pairs.map(lambda found: urlencode(found, errors="surrogatepass").encode()),
    st.binary(max_size=200),
)
headers = st.one_of(
    st.none(),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60).map("Basic {}".format),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60).map(
        "Bearer {}".format
    ),
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_request_is_answered_by_a_failure_of_ours(scene: Scene, endpoint: str) -> None:
    """Post-condition of every row: no 5xx, no stack trace; never a redirect elsewhere."""
    http = scene.browser.http
    path = f"/api/oidc/{scene.tenant.slug}/{endpoint}"
    client_id = scene.app.client_id.encode()

    @seed(SEED)
    @settings(max_examples=sized(60, 3000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(form=forms, query=forms, header=headers, is_ours=st.booleans())
    def send(form: bytes, query: bytes, header: str | None, is_ours: bool) -> None:
        more: dict[str, Any] = {} if header is None else {"HTTP_AUTHORIZATION": header}
        if is_ours:
            form += b"&client_id=" + client_id
            query += b"&client_id=" + client_id
        asked = f"{path}?{quote(query, safe='&=%+')}"
        for response in (
            http.get(asked, **more),
            http.post(path, form, content_type=FORM, **more),
            http.post(asked, form, content_type=FORM, **more),
        ):
            assert response.status_code < 500
            location = response.headers.get("Location", "/")
            assert location.startswith(("/sign-in/", CALLBACK, scene.app.issuer, "/"))
            assert not location.startswith("//")

    send()
