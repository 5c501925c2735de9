"""Outgoing requests reach nothing inside (security.md 3.27)."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from pytest_django.fixtures import Settings

from identity.kernel import outbound


class Canary(BaseHTTPRequestHandler):
    """Counts who comes; answers as its path says."""

    hits: list[str]

    def do_GET(self) -> None:
        """Serve, redirect, or talk without end."""
        self.server.hits.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
        elif self.path == "/drip":
            self._drip()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            piece = b"x" * 8192
            try:
                for _ in range(1_000):
                    self.wfile.write(piece)
            except OSError:
                return
        else:
            self.send_response(200)
            self.send_header("X-Agent", self.headers["User-Agent"])
            self.end_headers()
            self.wfile.write(b"hello")

    def _drip(self) -> None:
        """One byte of a header at a time, for two seconds: each restarts a socket's time limit."""
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(40):
                self.wfile.write(b"x")
                self.server.stopped.wait(0.05)  # type: ignore[attr-defined]

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def canary() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    server.hits = []  # type: ignore[attr-defined]
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.stopped.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


INNER = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",  # noqa: S104  a target to refuse, not an address to listen at
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "[fc00::1]",
    "[fe80::1]",
    "[2002:7f00:1::]",
    "2130706433",
    "0177.0.0.1",
    "localhost",
    "localhost.",
    "224.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("host", INNER)
def test_inner_addresses_are_refused_without_a_connection(
    host: str, canary: ThreadingHTTPServer
) -> None:
    """SF01: refused at use, 0 connects, however the address is spelled."""
    port = canary.server_address[1]

    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", f"http://{host}:{port}/")

    assert canary.hits == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "http://user@example.com/",
        "http:///x",
        "http://example.com:99999/",
        "//example.com/",
        "",
    ],
)
def test_other_schemes_and_shapes_are_refused(url: str) -> None:
    """SF06."""
    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", url)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379])
def test_ports_of_other_services_are_refused(port: int) -> None:
    """SF06: even at a public address."""
    assert not outbound.is_allowed("93.184.216.34", port)
    assert outbound.is_allowed("93.184.216.34", 443)


def _allow(settings: Settings, canary: ThreadingHTTPServer) -> str:
    port = canary.server_address[1]
    settings.OUTBOUND_ALLOW = ((ip_network("127.0.0.1/32"), port),)
    return f"http://127.0.0.1:{port}"


def test_an_exception_spelt_out_is_reached(settings: Settings, canary: ThreadingHTTPServer) -> None:
    """OUTBOUND_ALLOW is the only exception; the fixed user agent is sent (SF08)."""
    answer = outbound.request("GET", _allow(settings, canary) + "/hello")

    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["x-agent"] == outbound.USER_AGENT


def test_a_redirect_is_not_followed(settings: Settings, canary: ThreadingHTTPServer) -> None:
    """SF05, LO05: a redirect is an answer like any other."""
    answer = outbound.request("GET", _allow(settings, canary) + "/redirect")

    assert answer.status == 302
    assert len(canary.hits) == 1  # type: ignore[attr-defined]


def test_an_endless_answer_is_cut(settings: Settings, canary: ThreadingHTTPServer) -> None:
    """SF04: at most 64 kB unless the caller says otherwise."""
    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", _allow(settings, canary) + "/endless", max_bytes=65_536)


def test_a_server_that_drips_bytes_does_not_hold_a_worker(
    settings: Settings, canary: ThreadingHTTPServer
) -> None:
    """SF04: the time limit bounds the whole exchange, not each byte."""
    began = time.monotonic()

    with pytest.raises(outbound.Unreachable):
        outbound.request("GET", _allow(settings, canary) + "/drip", timeout_seconds=0.3)

    assert time.monotonic() - began < 1.5
