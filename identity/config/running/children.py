"""Child processes: started in their own session, tied to our life, restarted with back-off."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
# A child that lived this long was healthy: its next death is answered at once.
HEALTHY_SECONDS = 10.0
BACK_OFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(asking: int) -> Callable[[], None]:
    """What a child calls before it runs its program: the kernel sends it `asking` when we die.

    Elsewhere than on Linux nothing is done: there a killed supervisor leaves its children behind,
    and the next start meets them as an occupied port.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, asking)
            if os.getppid() != parent:  # died in between
                os.kill(os.getpid(), asking)

    return tie


class Process(Protocol):
    """What `Child` asks of a process; `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...


def program(
    command: Sequence[str], *, environment: Mapping[str, str], log: Path | None
) -> Callable[[], Process]:
    """Launches another program, its output appended to `log` (None: where ours goes)."""

    def launch() -> Process:
        output = log.open("ab") if log else None
        try:
            return subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - we have one thread
            )
        finally:
            if output:
                output.close()

    return launch


@dataclass(slots=True)
class Child:
    """One process that must keep running."""

    name: str
    launch: Callable[[], Process]
    log: Path | None = None
    process: Process | None = None
    started_at: float = 0.0
    deaths_in_a_row: int = 0
    due_at: float = 0.0

    def start(self) -> None:
        self.process = self.launch()
        self.started_at = time.monotonic()

    def died(self) -> int | None:
        """Exit code (negative: the signal) if it has died since it was started, which makes a
        restart due."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = None
        now = time.monotonic()
        if now - self.started_at >= HEALTHY_SECONDS:
            self.deaths_in_a_row = 0
        wait = BACK_OFF_SECONDS[min(self.deaths_in_a_row, len(BACK_OFF_SECONDS) - 1)]
        self.due_at = now + wait
        self.deaths_in_a_row += 1
        return code

    def is_due(self) -> bool:
        return self.process is None and time.monotonic() >= self.due_at

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, asking: int) -> None:
        """Send it to the child alone."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, asking)

    def kill_session(self) -> None:
        """Afterwards the child and all it started are gone."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
