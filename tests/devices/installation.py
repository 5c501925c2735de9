"""A whole Signet away from everybody else's: its own DATA_DIR, database, secrets and processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from identity.config.running import cluster, postgres
from identity.config.running.database import borrowed
from identity.config.running.places import Places
from tests.devices.ports import free_port
from tests.devices.server import CHECKOUT, WebServer

RESTARTS = 20
RESTART_PAUSE_SECONDS = 0.2


class Installation:
    """Within, the embedded Postgres runs and is migrated; servers are started on demand.

    Servers share one public URL, so that any of them answers for the same issuer; they are stopped
    at the end. ``is_durable`` is for tests that kill Postgres: without it, writes may be lost.
    """

    def __init__(self, data_dir: Path, *, is_durable: bool = False) -> None:
        self.places = Places(data_dir)
        self.public_url = f"http://localhost:{free_port()}"
        self.servers: list[WebServer] = []
        self._is_durable = is_durable
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        self._opened.enter_context(borrowed(self.places, is_durable=self._is_durable))
        try:
            self.manage("migrate", "--verbosity", "0")
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for server in self.servers:
            server.stop()
        self._opened.close()

    def issuer(self, tenant: str) -> str:
        return f"{self.public_url}/api/oidc/{tenant}"

    def web(self, *, workers: int = 1, environment: Mapping[str, str] | None = None) -> WebServer:
        """One more web server, ready. The first listens where the public URL says."""
        public_port = int(self.public_url.rpartition(":")[2])
        server = WebServer(
            data_dir=self.places.data_dir,
            port=0 if self.servers else public_port,
            public_url=self.public_url,
            workers=workers,
            environment=environment,
        )
        self.servers.append(server)
        server.start()
        return server

    def provision(self, text: str, secrets: Mapping[str, str] | None = None) -> str:
        """Apply a provisioning file; gives what the command printed.

        :raises subprocess.CalledProcessError: it was refused; ``stderr`` says why
        """
        file = self.places.data_dir / "provision.yaml"
        file.write_text(text)
        file.chmod(0o600)
        return self.manage("provision", str(file), environment=secrets)

    def manage(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run ``manage.py``; gives what it printed.

        :raises subprocess.CalledProcessError: it failed; ``stderr`` says why
        """
        inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        given = {"DATA_DIR": str(self.places.data_dir), "PUBLIC_URL": self.public_url}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=CHECKOUT,
            env={**inherited, **given, **(environment or {})},
        )
        return done.stdout

    def kill_postgres(self) -> None:
        """``kill -9`` of the database server. Its children notice and end themselves."""
        pid = postgres.running_pid(self.places)
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        # A dead child that nobody asked after still counts as running for the next server.
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)

    def start_postgres_again(self) -> None:
        """Return once the database has recovered what was committed.

        :raises ClusterError: it does not come up
        """
        for attempt in range(1, RESTARTS + 1):
            process = postgres.launch(self.places, is_durable=self._is_durable, is_detached=True)
            self._opened.callback(process.wait)
            try:
                postgres.wait_until_ready(self.places, process)
                break
            except cluster.ClusterError:
                # Children of the killed server may hold its shared memory for a moment.
                if attempt == RESTARTS:
                    raise
                time.sleep(RESTART_PAUSE_SECONDS)  # processes of their own
        self._opened.callback(postgres.stop, self.places)
