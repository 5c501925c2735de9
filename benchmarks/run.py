"""``make bench``: Signet beside a tuned django-oauth-toolkit.

Both run with two workers of four threads on one Postgres; rounds are interleaved, so that a noisy
moment of the machine hits both. The result is printed and written to docs/benchmarks.md.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import database, processes, provisioning, report, tenants
from benchmarks.figures import MANY_TENANTS
from benchmarks.report import Results
from benchmarks.signing_in import SignIn
from benchmarks.target import Target, TargetError
from benchmarks.workloads import WORKLOADS, measure
from identity.config.running.places import Places

FOLDER = Path(__file__).parent
# Rows for the tables to have statistics of, as any installation has after its first minute.
FIRST_SIGN_INS = 40
DOCUMENT = FOLDER.parent / "docs" / "benchmarks.md"


def main() -> int:
    options = _options(sys.argv[1:])
    if shutil.which("wrk") is None:
        sys.stderr.write("The benchmark drives its load with wrk: install the package wrk.\n")
        return 2
    places = database.scratch(options.data_dir)
    with ExitStack() as opened:
        database_pid = opened.enter_context(database.running(places))
        targets = _targets(options, places)
        for target in targets:
            target.start(places.log / "bench.log")
            opened.callback(target.stop)
            target.memory_idle = target.memory()
            SignIn(target).several(FIRST_SIGN_INS)
        database.look_at_tables(places)
        results = _measure_all(targets, options, database_pid)
        for target in targets:
            target.memory_loaded = target.memory()
        if not options.workloads or "tenants" in options.workloads:
            results.tenants = tenants.compare(
                targets[0], count=MANY_TENANTS, seconds=options.seconds, rounds=options.rounds,
                database_pid=database_pid,
            )  # fmt: skip
            results.memory_of_many = targets[0].memory()
    text = report.markdown(results, targets, options.seconds, options.rounds)
    sys.stdout.write(text)
    if not options.alone and not options.workloads:
        DOCUMENT.write_text(text)
    return 0


def _targets(options: argparse.Namespace, places: Places) -> list[Target]:
    """Signet and, unless it is measured alone, its peer; their databases are prepared."""
    words = provisioning.words(places.data_dir)
    database.prepare_signet(places, words)
    variables = {
        **words,
        "PYTHON": sys.executable,
        "SIGNET_PORT": str(processes.free_port()),
        "DOT_PORT": str(processes.free_port()),
        "DOT_BIN": str(database.DOT_VENV / "bin"),
    }
    os.environ["DATA_DIR"] = str(places.data_dir)
    targets = [Target(FOLDER / "signet.toml", variables)]
    if not options.alone:
        os.environ.update(database.prepare_dot(places, words))
        targets.append(Target(FOLDER / "dot-tuned.toml", variables))
    return targets


def _measure_all(
    targets: Sequence[Target], options: argparse.Namespace, database_pid: int
) -> Results:
    results = Results()
    for workload in options.workloads or WORKLOADS:
        if workload not in WORKLOADS:
            continue
        for _ in range(options.rounds):
            for target in targets:
                try:
                    cell = measure(
                        target, workload, connections=options.connections,
                        seconds=options.seconds, database_pid=database_pid,
                    )  # fmt: skip
                except TargetError as fault:
                    sys.stderr.write(f"{target.name}: {fault}\n")
                    continue
                results.add(target.name, workload, cell)
                sys.stderr.write(report.line(target.name, workload, cell))
    return results


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument("workloads", nargs="*", choices=[*WORKLOADS, "tenants", []])
    parser.add_argument("--alone", action="store_true", help="Signet without its peer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--data-dir", type=Path, help="default: var/bench")
    return parser.parse_args(arguments)
