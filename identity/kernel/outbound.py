"""The one way out: HTTP to addresses that are checked, pinned and bounded.

A host name is resolved here, every resolved address judged, and the connection made to the judged
address itself, so that a second look-up cannot lead elsewhere (DNS rebinding). No redirects, no
proxies from the environment, no cookies, a cap on time and size (security.md 3.27).
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from identity.kernel.addresses import Network
from identity.kernel.errors import DomainError

USER_AGENT: Final = "Signet"
_CHUNK_BYTES: Final = 8_192
_ALLOWED_PORTS: Final = frozenset({80, 443, 8443})


class Unreachable(DomainError):
    """The request was not made or not answered: one generic error, so that nobody maps a network.

    `data["cause"]` is for the operator's log.
    """

    code = "unreachable"

    def __init__(self, cause: str) -> None:
        super().__init__("The address could not be reached", cause=cause)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, cut at the caller's limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    address: str


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 5.0,
    max_bytes: int = 65_536,
) -> Answer:
    """Send one request and read one answer; raises Unreachable for everything that goes wrong.

    `timeout_seconds` bounds the whole exchange, a server that drips bytes included (SF04).
    """
    deadline = time.monotonic() + timeout_seconds
    target = judged(url)
    connection = _connect(target, deadline)
    # Time limits of a socket begin anew with each byte; this one does not (SF04).
    watchdog = threading.Timer(_left(deadline), _cut_off, (connection,))
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request(
            method,
            target.path,
            body=body or None,
            headers={
                "Host": _authority(target),
                "User-Agent": USER_AGENT,
                "Accept-Encoding": "identity",
                "Connection": "close",
                **(headers or {}),
            },
        )
        response = connection.getresponse()
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=_read(response, deadline, max_bytes),
        )
    except (OSError, HTTPException, ValueError) as problem:
        raise Unreachable(f"{target.host}:{target.port}: {problem!r}") from problem
    finally:
        watchdog.cancel()
        connection.close()


def judged(url: str) -> _Target:
    """Take `url` apart and choose an address that may be reached; Unreachable otherwise."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as problem:
        raise Unreachable("not a URL") from problem
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise Unreachable("only plain http and https URLs")
    host = parts.hostname
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unreachable(f"{host} does not resolve") from problem
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    # Every address is judged: a name with one good and one inner address is an attack.
    if not addresses or not all(is_allowed(address, port) for address in addresses):
        raise Unreachable(f"{host}:{port} leads to {addresses}, which is not allowed")
    path = parts.path or "/"
    if parts.query:
        path += "?" + parts.query
    return _Target(parts.scheme, host, port, path, addresses[0])


def is_allowed(address: str, port: int) -> bool:
    """Public unicast at a usual port, or spelt out in OUTBOUND_ALLOW."""
    parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    if any(parsed in network and port == allowed for network, allowed in _exceptions()):
        return True
    return port in _ALLOWED_PORTS and parsed.is_global and not parsed.is_multicast


def _exceptions() -> Iterable[tuple[Network, int]]:
    return tuple(settings.OUTBOUND_ALLOW)


def _authority(target: _Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    default = 443 if target.scheme == "https" else 80
    return host if target.port == default else f"{host}:{target.port}"


def _connect(target: _Target, deadline: float) -> HTTPConnection:
    left = _left(deadline)
    connection = HTTPConnection(target.host, target.port, timeout=left)
    try:
        plain = socket.create_connection((target.address, target.port), timeout=left)
        if target.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(plain, server_hostname=target.host)
        else:
            connection.sock = plain
    except OSError as problem:
        raise Unreachable(f"{target.host}:{target.port}: {problem!r}") from problem
    return connection


def _cut_off(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _read(response: HTTPResponse, deadline: float, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    while total <= max_bytes:
        piece = response.read1(_CHUNK_BYTES)
        _left(deadline)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        total += len(piece)
    raise Unreachable(f"the answer is longer than {max_bytes} bytes")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Unreachable("out of time")
    return left
