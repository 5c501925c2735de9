"""What a proxy says about the client is believed from TRUSTED_PROXIES only."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from identity.config.addresses import networks
from identity.config.proxies import behind_proxies


def seen(trusted: str = "10.0.0.0/8, 2001:db8:1::/48", **environ: str) -> dict[str, Any]:
    """The environment as the application sees it."""
    kept: dict[str, Any] = {}

    def application(inner: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        kept.update(inner)
        return []

    start: dict[str, Any] = {"wsgi.url_scheme": "http", "REMOTE_ADDR": "10.0.0.1", **environ}
    behind_proxies(application, networks(trusted))(start, lambda *_: None)
    return kept


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7, 10.2.3.4", "198.51.100.7"),
        ("2001:db8:9::1, 2001:db8:1::5", "2001:db8:9::1"),
        ("nonsense", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_address_that_no_trusted_hop_has(header: str, expected: str) -> None:
    """What stands further left was written by the client, to escape a block or to frame another."""
    assert seen(HTTP_X_FORWARDED_FOR=header)["REMOTE_ADDR"] == expected


def test_a_stranger_is_not_believed() -> None:
    """Anybody can send the header."""
    environ = seen(
        REMOTE_ADDR="198.51.100.7",
        HTTP_X_FORWARDED_FOR="192.0.2.1",
        HTTP_X_FORWARDED_PROTO="https",
    )
    assert environ["REMOTE_ADDR"] == "198.51.100.7"
    assert environ["wsgi.url_scheme"] == "http"


def test_without_trusted_proxies_nothing_is_believed() -> None:
    """The default."""
    assert seen(trusted="", HTTP_X_FORWARDED_FOR="192.0.2.1")["REMOTE_ADDR"] == "10.0.0.1"


def test_a_trusted_proxy_tells_the_scheme() -> None:
    """It ended TLS."""
    assert seen(HTTP_X_FORWARDED_PROTO="https")["wsgi.url_scheme"] == "https"


def test_a_scheme_that_is_none_is_ignored() -> None:
    """It would end up in links."""
    assert seen(HTTP_X_FORWARDED_PROTO="javascript")["wsgi.url_scheme"] == "http"
