"""The embedded worker: relay and scheduler as threads of one process, no broker.

Two relay threads wait for kicks and sweep every five seconds; two job threads run what is due, the
prompt jobs (the sealer) apart from the patient ones (pruning), so that none waits for a long one.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import DEFAULT_DB_ALIAS, DatabaseError, close_old_connections, connections

from identity.kernel.jobs import declared
from identity.outbox import jobs, kicks, relay
from identity.tenancy.listening import Listener

_log = logging.getLogger(__name__)

# What is lost of kicks, or becomes due without one, waits at most this long.
SWEEP_SECONDS: Final = 5.0
# After the database has gone away.
RETRY_SECONDS: Final = 1.0
PROMPT: Final = timedelta(minutes=1)


class Worker:
    """Runs from `start` until `ask_to_stop`; `wait` returns when every thread has ended what it was
    at."""

    def __init__(self, *, relay_threads: int = 2) -> None:
        self._stopping = threading.Event()
        self._kick = _Kick()
        self._threads = [
            threading.Thread(target=self._relay, name=f"relay {number}")
            for number in range(1, relay_threads + 1)
        ] + [
            threading.Thread(target=self._jobs, args=(True,), name="prompt jobs"),
            threading.Thread(target=self._jobs, args=(False,), name="patient jobs"),
        ]
        self._listener: Listener | None = None

    def start(self) -> None:
        """Begin to listen and to work."""
        self._listener = Listener(
            connections[DEFAULT_DB_ALIAS].get_connection_params(),
            heard=lambda _payload: self._kick.set(),
            interrupted=self._kick.set,
            channel=kicks.CHANNEL,
        )
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Nothing is begun any more."""
        self._stopping.set()
        self._kick.set()

    def wait(self) -> None:
        """Returns when the messages and jobs at hand are done and all threads are gone."""
        for thread in self._threads:
            thread.join()
        if self._listener is not None:
            self._listener.stop()

    def _relay(self) -> None:
        seen = 0

        def turn() -> None:
            nonlocal seen
            seen = self._kick.number
            relay.drain(self._stopping.is_set)
            self._kick.wait_after(seen, SWEEP_SECONDS)

        self._repeat(turn)

    def _jobs(self, is_prompt: bool) -> None:  # noqa: FBT001 - a thread's argument
        mine = [job for job in declared().values() if (job.every < PROMPT) is is_prompt]
        due_at = dict.fromkeys((job.name for job in mine), 0.0)

        def turn() -> None:
            for job in mine:
                if due_at[job.name] <= monotonic() and not self._stopping.is_set():
                    # A patient job is asked about each minute: another worker may have died at it.
                    due_at[job.name] = monotonic() + min(job.every, PROMPT).total_seconds()
                    jobs.run_if_due(job.name)
            soonest = min(due_at.values(), default=monotonic() + SWEEP_SECONDS)
            self._stopping.wait(max(0.0, soonest - monotonic()))

        jobs_known = False

        def first_turn() -> None:
            nonlocal jobs_known
            if not jobs_known:
                jobs.ensure_rows()
                jobs_known = True
            turn()

        self._repeat(first_turn)

    def _repeat(self, turn: Callable[[], None]) -> None:
        try:
            while not self._stopping.is_set():
                close_old_connections()
                try:
                    turn()
                except DatabaseError as problem:
                    _log.warning("the database is away: %s", type(problem).__name__)
                    connections[DEFAULT_DB_ALIAS].close()
                    self._stopping.wait(RETRY_SECONDS)
        finally:
            connections[DEFAULT_DB_ALIAS].close()


class _Kick:
    """Wakes every waiting thread, once each: an Event that one thread clears would hide it from
    the others."""

    def __init__(self) -> None:
        self.number = 0
        self._condition = threading.Condition()

    def set(self) -> None:
        with self._condition:
            self.number += 1
            self._condition.notify_all()

    def wait_after(self, seen: int, timeout_seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self.number != seen, timeout_seconds)
