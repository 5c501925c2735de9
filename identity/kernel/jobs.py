"""Periodic jobs that rooms declare in `apps.ready`; the workers of identity.outbox run them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

_jobs: "dict[str, PeriodicJob]" = {}


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """`run` is called in the platform's scope, by one worker at a time, `every` so often."""

    name: str
    every: timedelta
    run: Callable[[], None]


def register(name: str, every: timedelta, run: Callable[[], None]) -> None:
    """Declare a job under a dotted name. `run` may be repeated or cut off at any moment."""
    if name in _jobs:
        raise ValueError(f"the job {name} is declared twice")
    if every < timedelta(seconds=1):
        raise ValueError("a job cannot be due more than once a second")
    _jobs[name] = PeriodicJob(name, every, run)


def declared() -> dict[str, PeriodicJob]:
    """All jobs by name."""
    return dict(_jobs)
