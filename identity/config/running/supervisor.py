"""`make run`: one process that starts everything, keeps it running and stops it.

It imports the standard library only. Whatever it starts dies with it, even when it is killed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from select import select
from typing import Any

from identity.config.running import cluster, postgres
from identity.config.running.announcement import announce, say
from identity.config.running.children import Child, die_with_parent
from identity.config.running.places import CHECKOUT, Places
from identity.config.running.ports import addresses, answers, can_bind

READY_TIMEOUT_SECONDS = 60.0
# Web and worker finish what is under way; see STOP_SECONDS of the web server.
STOP_TIMEOUT_SECONDS = 8.0
POLL_SECONDS = 0.05
QUIET_SECONDS = 1.0
# A web server that dies so often before its first answer will not come up by itself.
HOPELESS_DEATHS = 3
LOG_MAX_BYTES = 10_000_000


class Stopped(Exception):
    """Somebody asked us to stop."""


class Supervisor:
    """Everything that runs for one DATA_DIR."""

    def __init__(self, places: Places, *, is_embedded: bool) -> None:
        self.places = places
        self.is_embedded = is_embedded
        self.children: list[Child] = []
        self.server: subprocess.Popen[bytes] | None = None
        self.database_lock: postgres.Lock | None = None
        self.is_stopping = False
        self._wake_up, wake_up_end = os.pipe()
        for end in (self._wake_up, wake_up_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_up_end, warn_on_full_buffer=False)
        for asking in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asking, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> int:
        """Exit code, after everything has been stopped again."""
        started_at = time.monotonic()
        self.places.make()
        lock = postgres.Lock(self.places.run / "supervisor.lock")
        if not lock.try_alone():
            say(f"Signet already runs on {self.places.data_dir}; stop it first, or set DATA_DIR.")
            return 1
        try:
            self._start_database()
            plan = self._prepare()
            self._start(plan)
            self._await_first_answer(plan)
            announce(plan, seconds=time.monotonic() - started_at)
            while True:
                self._pause(QUIET_SECONDS)
                self._keep_running()
        except Stopped:
            return 0
        except cluster.ClusterError as problem:
            say(str(problem))
            return 1
        finally:
            self._stop()

    def _start_database(self) -> None:
        if not self.is_embedded:
            return
        self.database_lock = postgres.Lock(self.places.run / "postgres.lock")
        if not self.database_lock.try_alone():
            say("Another command uses the database; waiting until it is done …")
            while not self.database_lock.try_alone():
                self._pause(POLL_SECONDS)
        if postgres.running_pid(self.places) is not None:
            postgres.stop(self.places)  # left over from a supervisor that was killed
        self._launch_database()

    def _launch_database(self) -> None:
        _rotate(self.places.log / "postgres.log")
        self.server = postgres.launch(self.places, is_detached=False)

    def _prepare(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "identity.config.running.prepare"]
        preparing = subprocess.Popen(  # noqa: S603
            [*command, "--embedded"] if self.is_embedded else command,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - we have one thread
        )
        try:
            while preparing.poll() is None:
                self._pause(QUIET_SECONDS)
                if self.server is not None and self.server.poll() is not None:
                    postgres.wait_until_ready(self.places, self.server)
        finally:
            preparing.kill()
            preparing.wait()
        if preparing.returncode != 0:
            raise cluster.ClusterError("Signet did not start.")
        if self.database_lock is not None:
            self.database_lock.together()
        plan: dict[str, Any] = json.loads(self.places.plan.read_text())
        return plan

    def _start(self, plan: dict[str, Any]) -> None:
        for address in addresses(plan["host"]):
            if not can_bind(address, plan["port"]):
                raise cluster.ClusterError(
                    f"{address} port {plan['port']} is taken by another program; set PORT."
                )
        self._add("web", "-m", "identity.config.running.serving")
        if (CHECKOUT / "identity/outbox/management/commands/worker.py").exists():
            self._add("worker", "manage.py", "worker")
        if demo := plan["demo"]:
            origin = demo["relying_party"].rstrip("/")
            self._add(
                "demo",
                "-m",
                "identity.demo",
                CLIENT_SECRET=demo["client_secret"],
                ISSUER=f"{plan['public_url']}/api/oidc/demo",
                CLIENT_ID="demo-web",
                HOST="127.0.0.1",
                PORT=origin.rpartition(":")[2],
            )

    def _add(self, name: str, *arguments: str, **more: str) -> None:
        log = self.places.log / f"{name}.log"
        _rotate(log)
        environment = {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            # glibc would give each thread 64 MB of address space to fragment
            "MALLOC_ARENA_MAX": "2",
            **more,
        }
        child = Child(name, [sys.executable, *arguments], log, environment)
        child.start()
        self.children.append(child)

    def _await_first_answer(self, plan: dict[str, Any]) -> None:
        address = addresses(plan["host"])[0]
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not answers(address, plan["port"], "/readyz"):
            self._keep_running()
            web = self.children[0]
            if web.deaths_in_a_row >= HOPELESS_DEATHS or time.monotonic() > deadline:
                raise cluster.ClusterError(
                    f"The web server does not come up. The end of {web.log}:\n{_tail(web.log)}"
                )
            self._pause(POLL_SECONDS)

    def _keep_running(self) -> None:
        if self.server is not None and self.server.poll() is not None:
            say(f"postgres ended ({_ending(self.server.returncode)}); starting it again")
            self._restart_database()
        for child in self.children:
            if (code := child.died()) is not None:
                wait = max(0.0, child.due_at - time.monotonic())
                when = f"in {wait:.0f} s" if wait else "now"
                say(f"{child.name} ended ({_ending(code)}); starting it again {when}: {child.log}")
            if child.is_due():
                child.start()

    def _restart_database(self) -> None:
        # Sessions of a killed server end by themselves within moments; until then Postgres refuses.
        deadline = time.monotonic() + postgres.START_TIMEOUT_SECONDS
        while True:
            self._launch_database()
            try:
                assert self.server is not None  # noqa: S101 - just launched
                postgres.wait_until_ready(self.places, self.server)
            except cluster.ClusterError:
                if time.monotonic() > deadline:
                    raise
                self._pause(POLL_SECONDS)
            else:
                return

    def _stop(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_until_stopped(deadline)
        if self.server is not None:
            postgres.stop(self.places)
            self.server.wait()

    def _ask_to_stop(self, *_: object) -> None:
        self.is_stopping = True

    def _pause(self, seconds: float) -> None:
        """Wait until a signal comes (a child died, a stop was asked for), at most `seconds`."""
        if select([self._wake_up], [], [], seconds)[0]:
            os.read(self._wake_up, 4096)
        if self.is_stopping:
            raise Stopped


def _ending(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
        log.replace(log.with_suffix(".log.1"))
