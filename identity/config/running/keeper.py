"""Keeping children running until somebody asks to stop: woken by signals, never polling."""

import os
import signal
import time
from pathlib import Path
from select import select

from identity.config.running.announcement import say
from identity.config.running.children import Child

LOG_MAX_BYTES = 10_000_000
# How long a stop waits between looks at children that end; they wake us by SIGCHLD.
LOOK_SECONDS = 0.2


class Stopped(Exception):
    """Somebody asked us to stop."""


class Keeper:
    """The children of this process. One per process: it takes the signals."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.is_stopping = False
        self._wake_up, wake_up_end = os.pipe()
        for end in (self._wake_up, wake_up_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_up_end, warn_on_full_buffer=False)
        for asking in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asking, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def add(self, child: Child) -> Child:
        """Afterwards the child runs and is kept running."""
        if child.log:
            rotate(child.log)
        child.start()
        self.children.append(child)
        return child

    def pause(self, seconds: float) -> None:
        """Wait until a signal comes (a child died, a stop was asked for), at most `seconds`.

        Raises `Stopped` once a stop was asked for.
        """
        self._wait(seconds)
        if self.is_stopping:
            raise Stopped

    def keep_running(self) -> None:
        """Start again what has died, each time after a longer wait."""
        for child in self.children:
            if (code := child.died()) is not None:
                wait = max(0.0, child.due_at - time.monotonic())
                when = f"in {wait:.1f} s" if wait else "now"
                where = f": {child.log}" if child.log else ""
                say(f"{child.name} ended ({ending(code)}); starting it again {when}{where}")
            if child.is_due():
                child.start()

    def stop(self, seconds: float) -> None:
        """Afterwards no child runs, nor anything a child started: asked first, killed later."""
        deadline = time.monotonic() + seconds
        for child in self.children:
            child.signal(signal.SIGTERM)
        while any(child.is_running() for child in self.children) and time.monotonic() < deadline:
            self._wait(LOOK_SECONDS)
        for child in self.children:
            child.kill_session()
            while child.is_running():
                self._wait(LOOK_SECONDS)

    def _wait(self, seconds: float) -> None:
        if select([self._wake_up], [], [], seconds)[0]:
            os.read(self._wake_up, 4096)

    def _ask_to_stop(self, *_: object) -> None:
        self.is_stopping = True


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


def rotate(log: Path) -> None:
    """Keep one predecessor of a log that has grown large."""
    if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
        log.replace(log.with_suffix(".log.1"))
