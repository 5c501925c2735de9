"""The result as lines on the terminal and as docs/benchmarks.md."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import hashing
from benchmarks.figures import (
    COLD_START_SECONDS,
    FIGURES,
    MANY_TENANTS,
    MANY_TENANTS_RATIO,
    WEB_PSS_MIB,
)
from benchmarks.processes import Memory
from benchmarks.target import Target
from benchmarks.tenants import Comparison
from benchmarks.workloads import Cell, cores

_INTRODUCTION = """\
# Benchmarks

Written by `make bench`; do not edit. Signet beside django-oauth-toolkit 3.4.1, tuned with its own
means (`benchmarks/dot/dotsite.py`), in one interleaved run: two workers of four threads each, the
same granian, the same Postgres, {connections} connections, {rounds} rounds of {seconds} s after a
second of warming, medians.

CPU is milliseconds per unit, server and database together. A unit is one request; for the password
sign-in it is the whole conversation from the authorization request to the tokens, with a fresh
browser each time and Argon2id at 19 MiB, t = 2, p = 1 on both sides.

- {date}, {machine}, Python {python}
- Server, database and load generator share the processors. Units per second of one and the same
  program move by up to a factor of two between runs on a shared machine, CPU per unit by 10 to
  30 %: believe CPU and the ratios of one run before anything else.
- Load average after the run: {load:.1f}; alone on the machine this benchmark makes about 4. One
  Argon2id by Signet's library cost {hash.user_ms:.1f} ms of computing and {hash.kernel_ms:.1f} ms in
  the kernel, which maps its 19 MiB anew each time: 1 to 2 ms on ordinary hardware, up to 8 ms in
  some virtual machines. It is part of every sign-in below.
"""


@dataclass(slots=True)
class Results:
    """All measurements of one run."""

    cells: dict[tuple[str, str], list[Cell]] = field(default_factory=dict)
    tenants: list[Comparison] = field(default_factory=list)
    memory_of_many: Memory | None = None

    def add(self, target: str, workload: str, cell: Cell) -> None:
        self.cells.setdefault((target, workload), []).append(cell)

    def cpu_ms(self, target: str, workload: str) -> float | None:
        cells = self.cells.get((target, workload))
        return statistics.median(cell.cpu_ms for cell in cells) if cells else None

    def units_per_second(self, target: str, workload: str) -> float | None:
        cells = self.cells.get((target, workload))
        return statistics.median(cell.units_per_second for cell in cells) if cells else None

    def errors(self, target: str, workload: str) -> int:
        return sum(cell.load.errors for cell in self.cells.get((target, workload), []))


def line(target: str, workload: str, cell: Cell) -> str:
    """One measurement, for whoever waits at the terminal."""
    load = cell.load
    return (
        f"{target[:24]:<24} {workload:<10} {cell.units_per_second:>9.1f}/s "
        f"p50 {load.p50_ms:>8.2f} p99 {load.p99_ms:>8.2f} ms "
        f"cpu {cell.server_cpu_ms:.3f} + {cell.database_cpu_ms:.3f} ms, {load.errors} errors"
        f"{' ' + load.first_error if load.first_error else ''}\n"
    )


def markdown(results: Results, targets: Sequence[Target], seconds: int, rounds: int) -> str:
    """The whole report."""
    parts = [
        _INTRODUCTION.format(
            connections=8,
            rounds=rounds,
            seconds=seconds,
            date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            machine=f"{cores()} processors of {_processor()}",
            python=platform.python_version(),
            load=os.getloadavg()[1],
            hash=hashing.measure(),
        ),
        _workloads(results, targets),
    ]
    if results.tenants:
        parts.append(_many(results))
    parts.append(_memory(targets))
    return "\n".join(parts)


def _workloads(results: Results, targets: Sequence[Target]) -> str:
    ours = targets[0].name
    peer = targets[1].name if len(targets) > 1 else ""
    rows = [
        "| | CPU ms | at most | | peer's CPU ms | units/s | of the peer's | at least | | errors |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for workload, figure in FIGURES.items():
        cost, rate = results.cpu_ms(ours, workload), results.units_per_second(ours, workload)
        if cost is None or rate is None:
            continue
        peer_cost = results.cpu_ms(peer, workload)
        peer_rate = results.units_per_second(peer, workload)
        ratio = rate / peer_rate if peer_rate else None
        rows.append(
            f"| {figure.title} | {cost:.3f} | {figure.cpu_ms:g} | {_verdict(cost <= figure.cpu_ms)}"
            f" | {_number(peer_cost, 3)} | {rate:.0f} | {_number(ratio, 2)} | {figure.ratio:g}"
            f" | {'-' if ratio is None else _verdict(ratio >= figure.ratio)}"
            f" | {results.errors(ours, workload)} |"
        )
    return "\n".join(rows) + "\n"


def _many(results: Results) -> str:
    rows = [
        f"{MANY_TENANTS:,} tenants in random order against one, at most {MANY_TENANTS_RATIO:g}:\n",
        "| | one, CPU ms | many, CPU ms | ratio | | errors |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {FIGURES[found.workload].title} | {found.one_ms:.3f} | {found.many_ms:.3f} "
        f"| {found.ratio:.2f} | {_verdict(found.ratio <= MANY_TENANTS_RATIO)} | {found.errors} |"
        for found in results.tenants
    ]
    if results.memory_of_many is not None:
        rows.append(
            f"\nAfterwards, with {MANY_TENANTS:,} tenants in the caches, the web processes hold "
            f"{results.memory_of_many.pss_mib} MiB."
        )
    return "\n".join(rows) + "\n"


def _memory(targets: Sequence[Target]) -> str:
    rows = [
        (
            f"Memory of the web processes (PSS), at most {WEB_PSS_MIB:g} MiB after load, and seconds "
            f"from the start to the first answer, at most {COLD_START_SECONDS:g}:\n"
        ),
        "| | idle, MiB | after load, MiB | processes | first answer, s |",
        "|---|---|---|---|---|",
    ]
    for target in targets:
        idle, loaded = target.memory_idle, target.memory_loaded
        if idle is None or loaded is None:
            continue
        rows.append(
            f"| {target.name} | {idle.pss_mib} | {loaded.pss_mib} | {loaded.processes} "
            f"| {target.cold_start_seconds:.2f} |"
        )
    ours = targets[0]
    if ours.memory_loaded is not None:
        rows.append(
            f"\nMemory {_verdict(ours.memory_loaded.pss_mib <= WEB_PSS_MIB)}, "
            f"start {_verdict(ours.cold_start_seconds <= COLD_START_SECONDS)}."
        )
    return "\n".join(rows) + "\n"


def _verdict(is_reached: object) -> str:
    return "PASS" if is_reached else "**FAIL**"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return os.uname().machine
