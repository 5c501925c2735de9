"""The embedded Postgres as a process: started once per DATA_DIR, shared, stopped by the last user.

Whoever uses the server holds a shared lock; whoever starts or stops it holds it alone for that
moment. The kernel drops locks of killed processes, so there is no stale lock to recover from; a
stale `postmaster.pid` is recognised below.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from identity.config.running import cluster
from identity.config.running.children import die_with_parent
from identity.config.running.places import Places

# Crash recovery replays at most max_wal_size (1 GB); slow disks manage 20 MB/s.
START_TIMEOUT_SECONDS = 60.0
# A fast shutdown ends sessions at once and writes one checkpoint.
STOP_TIMEOUT_SECONDS = 20.0
POLL_SECONDS = 0.02
STATUS_LINE = 7  # of postmaster.pid, counted from 0


class Lock:
    """An advisory lock on one file: `alone` or `together`, gone when the process is."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def try_alone(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def together(self) -> None:
        """Waits until nobody holds it alone."""
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def release(self) -> None:
        os.close(self._handle)


def launch(
    places: Places, *, is_durable: bool = True, is_detached: bool
) -> subprocess.Popen[bytes]:
    """Start the server of these places and return its process; it is not yet ready.

    Detached it outlives us; otherwise the kernel asks it to shut down when we die.
    """
    user = cluster.runner()
    cluster.prepare(places, user, is_durable=is_durable)
    _drop_misleading_pid(places)
    with (places.log / "postgres.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [cluster.binary("postgres"), "-D", str(places.postgres)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
            env=cluster.TOOL_LANGUAGE, start_new_session=True, umask=0o077,
            preexec_fn=None if is_detached else die_with_parent(signal.SIGINT),  # noqa: PLW1509
            **user.switch,
        )  # fmt: skip


def wait_until_ready(places: Places, process: subprocess.Popen[bytes]) -> None:
    """Return when the server accepts sessions; `ClusterError` when it died or takes too long."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if is_ready(places):
            return
        if process.poll() is not None:
            break
        time.sleep(POLL_SECONDS)
    log = places.log / "postgres.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
    raise cluster.ClusterError(f"The embedded Postgres did not start. The end of {log}:\n{tail}")


def is_ready(places: Places) -> bool:
    """Whether a live server of these places accepts sessions."""
    lines = _pid_file_lines(places)
    return lines[STATUS_LINE:] == ["ready"] and running_pid(places) is not None


def running_pid(places: Places) -> int | None:
    """Process id of the live server of these places, by its pid file and the process table."""
    lines = _pid_file_lines(places)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    # After a restart of the machine another program may carry the number.
    return pid if _is_alive_postgres(pid) else None


def stop(places: Places) -> None:
    """Afterwards no server of these places runs."""
    pid = running_pid(places)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    for asking in (signal.SIGINT, signal.SIGQUIT):
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, asking)
        while running_pid(places) == pid and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        deadline += STOP_TIMEOUT_SECONDS
        pid = running_pid(places)


@contextmanager
def used(
    places: Places, *, when_started: Callable[[Places], None], is_durable: bool = True
) -> Iterator[None]:
    """Within, the server of these places runs: ours, or one that others use already.

    A server started here runs `when_started` before anybody else may use it. The last user stops
    it. Serves commands, tests and whatever else needs the database for a while.
    """
    lock = Lock(places.run / "postgres.lock")
    process = None
    try:
        if lock.try_alone() and not is_ready(places):
            process = launch(places, is_durable=is_durable, is_detached=True)
            wait_until_ready(places, process)
            when_started(places)
        lock.together()
        yield
    finally:
        if lock.try_alone():
            stop(places)
            if process is not None:
                process.wait()
        elif process is not None:
            process.returncode = 0  # it is others' now: no warning that it still runs
        lock.release()


def _pid_file_lines(places: Places) -> list[str]:
    try:
        text = (places.postgres / "postmaster.pid").read_text()
        return [line.strip() for line in text.splitlines()]
    except OSError:
        return []


def _is_alive_postgres(pid: int) -> bool:
    ps = ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)]
    try:
        # "pid (comm) state …": a zombie (Z) is dead, whoever has yet to collect it
        text = (Path("/proc") / str(pid) / "stat").read_text()
        name, state = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2]
    except OSError:
        if Path("/proc/self/stat").exists():
            return False
        listed = subprocess.run(ps, capture_output=True, text=True, check=False)  # noqa: S603
        state, _, name = listed.stdout.strip().partition(" ")
    return "postgres" in name and not state.startswith("Z")


def _drop_misleading_pid(places: Places) -> None:
    """A pid file whose number another program carries by now must not stop the start.

    The file of a server that is simply gone stays: Postgres reads in it whether sessions of that
    server still hold its memory.
    """
    lines = _pid_file_lines(places)
    if not lines or not lines[0].isdigit() or running_pid(places) is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.kill(int(lines[0]), 0)
        (places.postgres / "postmaster.pid").unlink(missing_ok=True)
