"""Children made by fork: they share the loaded program's pages of memory and start in milliseconds."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from identity.config.running.children import Process, die_with_parent

# What a process that keeps others listens to, and a fresh child must not.
INHERITED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class Forked:
    """A forked child, asked as `subprocess.Popen` would be."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def forked(work: Callable[[], int], *, log: Path | None) -> Callable[[], Process]:
    """Launches a child that does `work` and ends with its exit code, its output appended to `log`
    (None: where ours goes). We must have one thread only."""

    def launch() -> Process:
        tie = die_with_parent(signal.SIGTERM)
        if pid := os.fork():
            return Forked(pid)
        code = 1
        try:
            _become(log)
            tie()
            code = work()
        except SystemExit as asked:
            code = asked.code if isinstance(asked.code, int) else 1
        except BaseException:  # noqa: BLE001 - nothing may return into the parent's code
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    return launch


def _become(log: Path | None) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for inherited in INHERITED:
        signal.signal(inherited, signal.SIG_DFL)
    if log:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
