"""What is measured, and one measurement of it."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import engines, processes
from benchmarks.connection import Connection, Request, Response
from benchmarks.engines import Load
from benchmarks.signing_in import SignIn
from benchmarks.target import Target, TargetError

WORKLOADS = ("discovery", "jwks", "token", "introspect", "userinfo", "refresh", "login")
WARM_SECONDS = 1
# Distinct access tokens for userinfo and introspection: one would be answered from one row.
TOKENS = 16


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement; CPU in milliseconds per unit."""

    load: Load
    server_cpu_ms: float
    database_cpu_ms: float

    @property
    def units_per_second(self) -> float:
        return self.load.units / self.load.seconds if self.load.seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        return self.server_cpu_ms + self.database_cpu_ms


def measure(
    target: Target, workload: str, *, connections: int, seconds: int, database_pid: int | None
) -> Cell:
    """Put the target under load for ``seconds`` after a second of warming.

    :raises TargetError: the first request was not answered as it should
    """
    run = _prepared(target, workload, connections)
    if workload != "refresh":
        run(WARM_SECONDS)
    return _measured(run, target.pid, database_pid, seconds)


def measure_requests(
    target: Target,
    requests: Sequence[Request],
    *,
    connections: int,
    seconds: int,
    database_pid: int | None,
    warm_units: int = 1,
) -> Cell:
    """As ``measure``, for requests of the caller's making; warmed by at least ``warm_units``."""

    def run(for_seconds: int) -> Load:
        return engines.requests_in_turn(target, requests, connections, for_seconds)

    warmed = run(WARM_SECONDS).units
    while warmed < warm_units:
        warmed += run(WARM_SECONDS).units
    return _measured(run, target.pid, database_pid, seconds)


def ask(target: Target, request: Request) -> Response:
    """One request, outside of any measurement."""

    async def once() -> Response:
        connection = Connection(target.host, target.port)
        try:
            return await connection.send(request)
        finally:
            connection.close()

    return asyncio.run(once())


def _measured(
    run: Callable[[int], Load], pid: int | None, database_pid: int | None, seconds: int
) -> Cell:
    before = processes.cpu_seconds(pid), processes.cpu_seconds(database_pid)
    load = run(seconds)
    after = processes.cpu_seconds(pid), processes.cpu_seconds(database_pid)
    units = max(load.units, 1)
    return Cell(
        load=load,
        server_cpu_ms=(after[0] - before[0]) / units * 1e3,
        database_cpu_ms=(after[1] - before[1]) / units * 1e3,
    )


def _prepared(target: Target, workload: str, connections: int) -> Callable[[int], Load]:
    if workload == "login":
        sign_in = SignIn(target)
        return lambda seconds: engines.coroutines(target, sign_in.once, connections, seconds)
    if workload == "refresh":
        tokens = _refresh_tokens(target, connections + 1)
        return lambda seconds: engines.refresh_chain(target, tokens, connections, seconds)
    requests = _requests(target, workload)
    return lambda seconds: engines.requests_in_turn(target, requests, connections, seconds)


def _requests(target: Target, workload: str) -> list[Request]:
    if workload == "discovery":
        requests = [Request("GET", target.discovery)]
    elif workload == "jwks":
        requests = [Request("GET", target.path("jwks"))]
    elif workload == "token":
        requests = [target.client_credentials()]
    elif workload == "userinfo":
        requests = [
            Request("GET", target.path("userinfo"), (("Authorization", f"Bearer {token}"),))
            for token in _access_tokens(target)
        ]
    else:
        requests = [
            target.form("introspection", target.client, {"token": token})
            for token in _access_tokens(target)
        ]
    body = _expect_ok(target, workload, requests[0])
    if workload == "introspect" and body.get("active") is not True:
        raise TargetError(f"introspect: {body}")
    return requests


def _access_tokens(target: Target) -> list[str]:
    if not target.tokens:
        target.tokens = SignIn(target).several(TOKENS)
    return [str(tokens["access_token"]) for tokens in target.tokens]


def _refresh_tokens(target: Target, count: int) -> list[str]:
    tokens = [str(answer["refresh_token"]) for answer in SignIn(target).several(count)]
    renewed = _expect_ok(target, "refresh", target.refresh(tokens[0]))
    if renewed.get("refresh_token", tokens[0]) == tokens[0] or "id_token" not in renewed:
        raise TargetError(f"refresh: neither rotation nor ID token in {sorted(renewed)}")
    return [str(renewed["refresh_token"]), *tokens[1:]]


def _expect_ok(target: Target, workload: str, request: Request) -> dict[str, Any]:
    response = ask(target, request)
    if response.status != 200:
        raise TargetError(f"{workload}: {response.status} {response.body[:300]!r}")
    body: dict[str, Any] = json.loads(response.body)
    return body


def cores() -> int:
    """Processors that server, database and driver share."""
    return len(os.sched_getaffinity(0))
