"""Requests that arrive at once: all but the last byte is sent, then every last byte together."""

import http.client
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import orjson

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. ``to`` is where to connect, if not the URL's own host and port."""

    url: str
    method: str = "POST"
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    to: tuple[str, int] | None = None

    def encoded(self) -> bytes:
        """As HTTP/1.1, with the URL's host named whoever is asked."""
        parts = urlsplit(self.url)
        body = urlencode(self.form).encode() if self.method == "POST" else b""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "Connection": "close", **self.headers}
        if self.method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(body))
        lines = [f"{self.method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return self.to or (parts.hostname or "", parts.port or 80)


@dataclass(frozen=True, slots=True)
class Result:
    """What one racer was told. A connection that broke has the status 0."""

    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> dict[str, Any]:
        return cast("dict[str, Any]", orjson.loads(self.body))


def run(requests: Sequence[Request]) -> list[Result]:
    """The answers, in the order of the requests.

    Every connection is open and has all of its request but one byte on the way before the first
    last byte is sent; the last bytes follow one another within a few milliseconds.
    """
    with ExitStack() as opened:
        racers = []
        for request in requests:
            racer = socket.create_connection(request.address(), TIMEOUT_SECONDS)
            opened.callback(racer.close)
            # Nagle's algorithm would hold the single byte back.
            racer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            racers.append((racer, request.encoded()))
        for racer, encoded in racers:
            racer.sendall(encoded[:-1])
        for racer, encoded in racers:
            racer.sendall(encoded[-1:])
        return [_result(racer) for racer, _ in racers]


def spread(request: Request, count: int, over: Sequence[tuple[str, int]]) -> list[Request]:
    """``count`` times the same request, dealt to several servers in turn."""
    return [
        Request(
            url=request.url,
            method=request.method,
            form=request.form,
            headers=request.headers,
            to=over[number % len(over)],
        )
        for number in range(count)
    ]


def _result(racer: socket.socket) -> Result:
    response = http.client.HTTPResponse(racer)
    try:
        response.begin()
        return Result(response.status, response.read(), dict(response.headers.items()))
    except (OSError, http.client.HTTPException) as fault:
        return Result(0, repr(fault).encode(), {})
    finally:
        response.close()
