"""The embedded worker: relay and scheduler as threads of one process, no broker.

Two relay threads wait for kicks and sweep every five seconds; two job threads run what is due, the
prompt jobs (the sealer) apart from the patient ones (pruning), so that none waits for a long one.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connections

from identity.kernel.jobs import PeriodicJob, declared
from identity.outbox import jobs, kicks, relay
from identity.tenancy.listening import Listener

_log = logging.getLogger(__name__)

# What is lost of kicks, or becomes due without one, waits at most this long.
SWEEP_SECONDS: Final = 5.0
# After the database has gone away.
RETRY_SECONDS: Final = 1.0
# Jobs that are due more often than this have a thread of their own. The others are asked about so
# often: another worker may have died at one.
PROMPT: Final = timedelta(minutes=1)
_ENDINGS: Final = frozenset({signal.SIGTERM, signal.SIGINT})


class Worker:
    """Works from `start` until SIGTERM or SIGINT, for which `wait` waits."""

    def __init__(self, *, relay_threads: int = 2) -> None:
        self._stopping = threading.Event()
        self._kick = _Kick()
        every = declared().values()
        self._threads: list[_Thread] = [
            *(_Relay(number, self._stopping, self._kick) for number in range(1, relay_threads + 1)),
            _Jobs("prompt jobs", self._stopping, (job for job in every if job.every < PROMPT)),
            _Jobs("patient jobs", self._stopping, (job for job in every if job.every >= PROMPT)),
        ]

    def start(self) -> None:
        """Begin to listen and to work. Called in the main thread: only there signals can wait."""
        # Before any thread begins: they inherit it, and a handler could interrupt what holds a lock.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
        self._listener = Listener(
            connections[DEFAULT_DB_ALIAS].get_connection_params(),
            heard=lambda _payload: self._kick.set(),
            interrupted=self._kick.set,
            channel=kicks.CHANNEL,
        )
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Returns when it was asked to stop, by a signal or because a thread has failed."""
        signal.sigwait(_ENDINGS)
        self._stopping.set()
        self._kick.set()

    def finish(self) -> bool:
        """Returns when the messages and jobs at hand are done; False if a thread has failed."""
        for thread in self._threads:
            thread.join()
        self._listener.stop()
        return not any(thread.is_broken for thread in self._threads)


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


class _Thread(threading.Thread):
    """Takes turns until it is to stop; a database that is away is waited for."""

    def __init__(self, name: str, stopping: threading.Event) -> None:
        super().__init__(name=name)
        self.is_broken = False
        self._stopping = stopping

    def turn(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._try_turn()
        except Exception:  # noqa: BLE001 - whatever it is, the worker must end of it
            # Half a worker looks alive and is not: the whole one ends, and its supervisor begins
            # a new one.
            _log.exception("%s has failed", self.name)
            self.is_broken = True
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            connections[DEFAULT_DB_ALIAS].close()

    def _try_turn(self) -> None:
        close_old_connections()
        try:
            self.turn()
        except Error as problem:
            _log.warning("%s: the database is away: %s", self.name, type(problem).__name__)
            connections[DEFAULT_DB_ALIAS].close()
            self._stopping.wait(RETRY_SECONDS)


class _Relay(_Thread):
    def __init__(self, number: int, stopping: threading.Event, kick: _Kick) -> None:
        super().__init__(f"relay {number}", stopping)
        self._kick = kick

    def turn(self) -> None:
        # Read before the work: what is enqueued meanwhile is not waited for.
        seen = self._kick.number
        relay.drain(self._stopping.is_set)
        self._kick.wait_after(seen, SWEEP_SECONDS)


class _Jobs(_Thread):
    def __init__(self, name: str, stopping: threading.Event, mine: Iterable[PeriodicJob]) -> None:
        super().__init__(name, stopping)
        self._mine = list(mine)
        self._ask_at = {job.name: 0.0 for job in self._mine}
        self._is_known = False

    def turn(self) -> None:
        if not self._is_known:
            jobs.ensure_rows()
            self._is_known = True
        for job in self._mine:
            if self._ask_at[job.name] <= monotonic() and not self._stopping.is_set():
                self._ask_at[job.name] = monotonic() + min(job.every, PROMPT).total_seconds()
                jobs.run_if_due(job.name)
        soonest = min(self._ask_at.values(), default=monotonic() + SWEEP_SECONDS)
        self._stopping.wait(max(0.0, soonest - monotonic()))
