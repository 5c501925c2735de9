"""`make soak`: the tests marked `soak` at the size of a release; the result goes to docs/soak.md."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "var" / "test" / "soak.xml"
REPORT = ROOT / "docs" / "soak.md"


@dataclass(frozen=True, slots=True)
class Result:
    """One test as pytest reports it."""

    name: str
    seconds: float
    outcome: str
    counts: str


def main(arguments: Sequence[str]) -> int:
    """pytest's exit code; the report is written whatever it is."""
    seed = os.environ.get("SIGNET_TEST_SEED") or str(secrets.randbelow(2**31))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-m", "soak", f"--junitxml={RESULTS}"),
            *(f"--hypothesis-seed={seed}", *arguments),
        ],
        cwd=ROOT,
        env={**os.environ, "SIGNET_TEST_SIZE": "soak", "SIGNET_TEST_SEED": seed},
        check=False,
    )
    REPORT.write_text(report(list(results(RESULTS)), seed=seed))
    return done.returncode


def results(path: Path) -> Iterator[Result]:
    """What the JUnit file of a run tells."""
    for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it
        bad = next((child.tag for child in case if child.tag in {"failure", "error"}), None)
        counts: list[Any] = [
            f"{int(found.get('value', '0')):,} {found.get('name')}"
            for found in case.iter("property")
        ]
        yield Result(
            name=str(case.get("name")).removeprefix("test_").replace("_", " "),
            seconds=float(case.get("time", "0")),
            outcome=bad or "passed",
            counts=", ".join(counts),
        )


def report(found: Sequence[Result], *, seed: str) -> str:
    """docs/soak.md."""
    passed = sum(result.outcome == "passed" for result in found)
    rows = "\n".join(
        f"| {result.name} | {result.counts} | {result.seconds:,.0f} s | {result.outcome} |"
        for result in found
    )
    return f"""# Soak

Randomised tests at the size of a release, by `make soak`. `SIGNET_TEST_SEED={seed} make soak` repeats this run.

{datetime.now(UTC):%Y-%m-%d} · seed {seed} · {passed} of {len(found)} passed

| test | counts | took | |
|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
