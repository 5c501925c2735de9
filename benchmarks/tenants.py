"""Many tenants in random order against one: what multi-tenancy costs a request."""

import base64
import random
import statistics
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from benchmarks.connection import Request
from benchmarks.provisioning import TENANT, many
from benchmarks.target import Target
from benchmarks.workloads import Cell, measure_requests

CONNECTIONS = 8
# Which of two processes answers is chance: after 12 visits each of them has met a tenant but for one
# in two thousand. What is compared is the cost of a request, not of a first one.
WARM_VISITS = 12


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians of CPU milliseconds per unit, one tenant and many."""

    workload: str
    one_ms: float
    many_ms: float
    errors: int

    @property
    def ratio(self) -> float:
        return self.many_ms / self.one_ms if self.one_ms else float("inf")


def compare(
    target: Target, *, count: int, seconds: int, rounds: int, database_pid: int
) -> list[Comparison]:
    """Discovery, key sets and client_credentials of ``count`` tenants beside those of one."""
    names = list(many(count))
    # The same order in each run, so that runs can be compared.
    random.Random(20261124).shuffle(names)
    comparisons = []
    for workload in ("discovery", "jwks", "token"):
        one = [_request(target, workload, TENANT)] * count
        every = [_request(target, workload, name) for name in names]
        cells: dict[str, list[Cell]] = {"one": [], "many": []}
        for _ in range(rounds):
            for kind, requests in (("one", one), ("many", every)):
                cell = measure_requests(
                    target, requests, connections=CONNECTIONS, seconds=seconds,
                    database_pid=database_pid, warm_units=WARM_VISITS * count,
                )  # fmt: skip
                cells[kind].append(cell)
        comparisons.append(
            Comparison(
                workload,
                statistics.median(cell.cpu_ms for cell in cells["one"]),
                statistics.median(cell.cpu_ms for cell in cells["many"]),
                sum(cell.load.errors for kind in cells.values() for cell in kind),
            )
        )
    return comparisons


def _request(target: Target, workload: str, tenant: str) -> Request:
    def of_tenant(path: str) -> str:
        return path.replace(f"/{TENANT}/", f"/{tenant}/", 1)

    if workload == "discovery":
        return Request("GET", of_tenant(target.discovery))
    if workload == "jwks":
        return Request("GET", of_tenant(target.path("jwks")))
    who = target.machine
    pair = f"{quote_plus(who['id'])}:{quote_plus(who['secret'])}"
    headers = (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", "Basic " + base64.b64encode(pair.encode()).decode()),
    )
    body = urlencode({"grant_type": "client_credentials"}).encode()
    return Request("POST", of_tenant(target.path("token")), headers, body)
