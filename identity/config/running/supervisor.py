"""`make run`: one process that starts everything, keeps it running and stops it.

It imports the standard library only. Whatever it starts dies with it, even when it is killed:

    supervisor ─┬─ postgres                      (the embedded default)
                ├─ serving ─┬─ web ── workers    (forked: the program is loaded once)
                │           └─ worker
                └─ demo relying party            (development settings)
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

from identity.config.running import cluster, postgres
from identity.config.running.announcement import announce, say
from identity.config.running.children import Child, program
from identity.config.running.keeper import Keeper, Stopped, ending, rotate
from identity.config.running.places import CHECKOUT, Places
from identity.config.running.ports import addresses, answers

READY_TIMEOUT_SECONDS = 60.0
# Serving waits a second less for what it has forked.
STOP_TIMEOUT_SECONDS = 8.0
POLL_SECONDS = 0.05
QUIET_SECONDS = 60.0


class Supervisor:
    """Everything that runs for one DATA_DIR."""

    def __init__(self, places: Places, *, is_embedded: bool) -> None:
        self.places = places
        self.is_embedded = is_embedded
        self.keeper = Keeper()
        self.server: subprocess.Popen[bytes] | None = None  # the embedded Postgres
        self.database_lock: postgres.Lock | None = None

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
            plan = self._start_serving()
            self._start_demo(plan)
            self._await_first_answer(plan)
            announce(plan, seconds=time.monotonic() - started_at)
            while True:
                self.keeper.pause(QUIET_SECONDS)
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
                self.keeper.pause(POLL_SECONDS)
        if postgres.running_pid(self.places) is not None:
            postgres.stop(self.places)  # left over from a supervisor that was killed
        self._launch_database()

    def _launch_database(self) -> subprocess.Popen[bytes]:
        rotate(self.places.log / "postgres.log")
        self.server = postgres.launch(self.places, is_detached=False)
        return self.server

    def _start_serving(self) -> dict[str, Any]:
        """What preparation found out; from then on commands may use the database beside us."""
        self.places.plan.unlink(missing_ok=True)
        command = [sys.executable, "-m", "identity.config.running.serving"]
        if self.is_embedded:
            command.append("--embedded")
        serving = self.keeper.add(
            Child("serving", program(command, environment=_environment(), log=None))
        )
        while not self.places.plan.exists():
            if serving.died() is not None:
                raise cluster.ClusterError("Signet did not start.")
            if self.server is not None and self.server.poll() is not None:
                postgres.wait_until_ready(self.places, self.server)  # raises: it died
            self.keeper.pause(POLL_SECONDS)
        if self.database_lock is not None:
            self.database_lock.together()
        plan: dict[str, Any] = json.loads(self.places.plan.read_text())
        return plan

    def _start_demo(self, plan: dict[str, Any]) -> None:
        demo = plan["demo"]
        if not demo:
            return
        environment = _environment(
            CLIENT_SECRET=demo["client_secret"],
            CLIENT_ID="demo-web",
            ISSUER=f"{plan['public_url']}/api/oidc/demo",
            HOST="127.0.0.1",
            PORT=demo["relying_party"].rstrip("/").rpartition(":")[2],
        )
        log = self.places.log / "demo.log"
        command = [sys.executable, "-m", "identity.demo"]
        self.keeper.add(Child("demo", program(command, environment=environment, log=log), log))

    def _await_first_answer(self, plan: dict[str, Any]) -> None:
        address = addresses(plan["host"])[0]
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not answers(address, plan["port"], "/readyz"):
            self._keep_running()
            if time.monotonic() > deadline:
                log = self.places.log / "web.log"
                raise cluster.ClusterError(f"The web server does not come up; see {log}.")
            self.keeper.pause(POLL_SECONDS)

    def _keep_running(self) -> None:
        if self.server is not None and self.server.poll() is not None:
            say(f"postgres ended ({ending(self.server.returncode)}); starting it again")
            self._restart_database()
        self.keeper.keep_running()

    def _restart_database(self) -> None:
        # Sessions of a killed server end by themselves within moments; until then Postgres refuses.
        deadline = time.monotonic() + postgres.START_TIMEOUT_SECONDS
        while True:
            server = self._launch_database()
            try:
                postgres.wait_until_ready(self.places, server)
            except cluster.ClusterError:
                if time.monotonic() > deadline:
                    raise
                self.keeper.pause(POLL_SECONDS)
            else:
                return

    def _stop(self) -> None:
        self.keeper.stop(STOP_TIMEOUT_SECONDS)
        if self.server is not None:
            postgres.stop(self.places)
            self.server.wait()


def _environment(**more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUNBUFFERED": "1",
        # glibc would give each thread 64 MB of address space to fragment
        "MALLOC_ARENA_MAX": "2",
        **more,
    }
