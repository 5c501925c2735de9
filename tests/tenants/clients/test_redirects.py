"""Rows RU01 to RU13 of the attack table: where a browser may be sent."""

from dataclasses import dataclass

import pytest

from identity.kernel.errors import Invalid
from tenants.clients import redirects

REGISTERED = "https://app.example.com/cb"


@dataclass
class Registration:
    """What is asked of a client, without a database."""

    redirect_uris: str = REGISTERED
    post_logout_redirect_uris: str = REGISTERED
    application_type: str = "web"


WEB = Registration()
NATIVE = Registration(
    redirect_uris="http://127.0.0.1/cb http://[::1]:8000/cb com.example.app:/cb",
    application_type="native",
)
LOOPBACK_WEB = Registration(redirect_uris="http://127.0.0.1/cb")

OTHERS = {
    "RU01": ["https://app.example.com.evil.tld/cb", "https://evil.tld/app.example.com/cb"],
    "RU02": ["https://appXexample.com/cb", "https://app.exampleXcom/cb"],
    "RU03": [
        "https://app.example.com@evil.tld/cb",
        "https://evil.tld#@app.example.com/cb",
        "https://app.example.com%40evil.tld/cb",
        "https://evil.tld\\@app.example.com/cb",
        "https://user@app.example.com/cb",
    ],
    "RU04": [
        "https://app.example.com/cb/../evil",
        "https://app.example.com/cb/%2e%2e/x",
        "https://app.example.com/cb;x",
        "https://app.example.com/cb%00",
        "https://app.example.com/cb%0d%0a",
        "https://app.example.com//cb",
        "https://app.example.com/./cb",
    ],
    "RU05": [
        "HTTPS://APP.EXAMPLE.COM/cb",
        "https://APP.example.com/cb",
        "https://app.example.com:443/cb",
        "https://app.example.com/cb/",
        "https://app.example.com/c%62",
        "https://app.example.com/cb ",
        " https://app.example.com/cb",
        "https://app.example.com/CB",
        "http://app.example.com/cb",
    ],
    "RU06": ["https://app.example.com/cb?x=1", "https://app.example.com/cb#f", f"{REGISTERED}?"],
    "RU09": ["", "null", "None"],
    "RU11": [
        "https:\\\\evil.tld",
        "https:/\\evil.tld",
        "https://evil。tld",
        "https://app.example.com\n.evil.tld",
        "https://[::ffff:1.2.3.4]",
        "https://\u0430pp.example.com/cb",
        "https://app.example.com\u200b/cb",
        "https://app.example.com/cb\t",
        "https:app.example.com/cb",
        "//app.example.com/cb",
    ],
}


def test_the_registered_uri_is_accepted() -> None:
    """RFC 9700 §2.1: exact string matching."""
    assert redirects.is_registered(WEB, REGISTERED)
    assert redirects.is_registered_after_logout(WEB, REGISTERED)


@pytest.mark.parametrize(
    ("row", "uri"), [(row, uri) for row, uris in OTHERS.items() for uri in uris], ids=str
)
def test_every_other_uri_is_refused(row: str, uri: str) -> None:
    """RU01 to RU06, RU09, RU11 and LO03: neither an answer nor a logout is sent there."""
    assert not redirects.is_registered(WEB, uri), row
    assert not redirects.is_registered_after_logout(WEB, uri), row


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]/cb",
        "http://[::1]:9/cb",
        "com.example.app:/cb",
    ],
)
def test_ru07_a_native_application_listens_on_any_port(uri: str) -> None:
    """RU07, RFC 8252 §7.3: the port of a loopback literal may be any."""
    assert redirects.is_registered(NATIVE, uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:9/cb",
        "http://127.0.0.1.evil.tld/cb",
        "http://127.0.0.1:9/other",
        "http://127.0.0.1:9/cb/",
        "http://127.0.0.1:9/cb?x=1",
        "http://127.0.0.1:9/cb#f",
        "http://127.0.0.1:9/cb\n",
        "http://127.0.0.1:09/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:9@evil.tld/cb",
        "http://127.0.0.1:9x/cb",
        "https://127.0.0.1:9/cb",
        "http://127.1/cb",
        "http://0177.0.0.1/cb",
        "http://2130706433/cb",
        "http://127.0.0.1:\uff19/cb",
        "http://[::1%25lo]:9/cb",
        "com.example.app:/cb/other",
        "com.example.app://cb",
    ],
)
def test_ru07_nothing_else_of_a_native_application_may_differ(uri: str) -> None:
    """RU07: only the same literal and path, any port."""
    assert not redirects.is_registered(NATIVE, uri)


def test_ru07_each_literal_stands_for_itself() -> None:
    """RU07: who registered 127.0.0.1 did not register [::1]."""
    native = Registration(redirect_uris="http://127.0.0.1/cb", application_type="native")

    assert not redirects.is_registered(native, "http://[::1]:9/cb")


def test_ru07_the_name_localhost_has_no_other_port() -> None:
    """RU07, RFC 8252 §8.3: a name may be answered by others than the machine itself."""
    native = Registration(redirect_uris="http://localhost/cb", application_type="native")

    assert redirects.is_registered(native, "http://localhost/cb")
    assert not redirects.is_registered(native, "http://localhost:9/cb")


def test_ru07_a_web_application_has_no_loopback_exception() -> None:
    """RU07: native type only."""
    assert redirects.is_registered(LOOPBACK_WEB, "http://127.0.0.1/cb")
    assert not redirects.is_registered(LOOPBACK_WEB, "http://127.0.0.1:9/cb")


def test_ru07_no_port_exception_after_a_logout() -> None:
    """RP-Initiated Logout §3: must exactly match a registered value."""
    native = Registration(
        post_logout_redirect_uris="http://127.0.0.1/out", application_type="native"
    )

    assert redirects.is_registered_after_logout(native, "http://127.0.0.1/out")
    assert not redirects.is_registered_after_logout(native, "http://127.0.0.1:9/out")


@pytest.mark.parametrize(
    "uri",
    [
        REGISTERED,
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com:8443/a/b-c_d~e/%C3%A9?x=1&y=a%20b",
        "https://xn--bcher-kva.example/cb",
        "https://192.0.2.1/cb",
        "https://[2001:db8::1]:8443/cb",
        "http://127.0.0.1:8001/callback",
        "http://localhost:3000/cb",
        "http://[::1]/cb",
    ],
)
def test_ordinary_uris_may_be_registered(uri: str) -> None:
    """Issue 2, 5: https, and http on the machine itself."""
    assert redirects.require_acceptable(uri) == uri


SCRIPTS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,x",
    "DATA:text/html;base64,eA==",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example.com/1",
    "about:blank",
    "view-source:https://app.example.com/",
]
WILDCARDS = ["https://*.example.com/cb", "*", "https://example.com/*", "https://example.com/?*"]
MALFORMED = [
    "",
    "/cb",
    "//app.example.com/cb",
    "app.example.com/cb",
    "https:",
    "https://",
    "https:///cb",
    "https:/app.example.com/cb",
    "ftp://app.example.com/cb",
    "http://app.example.com/cb",
    "http://127.0.0.1.evil.tld/cb",
    "http://127.1/cb",
    "https://app.example.com/cb#f",
    "https://app.example.com/cb#",
    "https://user@app.example.com/cb",
    "https://user:pass@app.example.com/cb",
    "https://APP.example.com/cb",
    "HTTPS://app.example.com/cb",
    "https://app.example.com:0/cb",
    "https://app.example.com:/cb",
    "https://app.example.com:65536/cb",
    "https://app.example.com:99999/cb",
    "https://app..example.com/cb",
    "https://-app.example.com/cb",
    "https://app.example.com./cb",
    "https://app example.com/cb",
    "https://app.example.com/c b",
    "https://app.example.com/cb\r\nX: y",
    "https://app.example.com/cb%0d%0aX",
    "https://app.example.com/cb%00",
    "https://app.example.com/a/../cb",
    "https://app.example.com/%2e%2E/cb",
    "https://app.example.com/./cb",
    "https://app.example.com/..",
    "https://app.example.com/%5c@evil.tld",
    "https://app.example.com/%zz",
    "https://app.example.com/%",
    "https://app.example.com\\@evil.tld/cb",
    "https:\\\\evil.tld",
    "https://evil。tld/cb",
    "https://bücher.example/cb",
    "https://app.example.com/é",
    "https://app.example.com/\x00",
    "https://app.example.com/\u202ecb",
    'https://app.example.com/"onload="x',
    "https://app.example.com/<b>",
    "https://app.example.com/{id}",
    "https://app.example.com/" + "a" * 2_000,
    "https://" + "a" * 300 + ".com/cb",
]


@pytest.mark.parametrize("uri", [*SCRIPTS, *WILDCARDS, *MALFORMED])
@pytest.mark.parametrize("is_native", [False, True])
def test_ru08_ru12_what_is_no_plain_uri_cannot_be_registered(uri: str, is_native: bool) -> None:
    """RU08: script schemes in any spelling; RU12: wildcards; DC03."""
    with pytest.raises(Invalid) as refusal:
        redirects.require_acceptable(uri, is_native=is_native)

    assert refusal.value.field == "redirect_uris"


@pytest.mark.parametrize(
    "uri", ["com.example.app:/cb", "com.example.app:/a/b?x=1", "tld.some-app2:/"]
)
def test_a_native_application_may_have_a_scheme_of_its_own(uri: str) -> None:
    """RFC 8252 §7.1: private-use schemes are reverse domain names, for native applications."""
    assert redirects.require_acceptable(uri, is_native=True) == uri
    with pytest.raises(Invalid):
        redirects.require_acceptable(uri)


@pytest.mark.parametrize(
    "uri", ["myapp:/cb", "com.example.app://evil.tld/cb", "com.example.app:cb", "com.:/cb"]
)
def test_a_private_scheme_is_a_reverse_domain_name(uri: str) -> None:
    """RFC 8252 §7.1: a scheme without a period is anybody's."""
    with pytest.raises(Invalid):
        redirects.require_acceptable(uri, is_native=True)
