"""The real web server as a process: started, killed and asked on a port of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.devices.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30
STOP_SECONDS = 15
POLL_SECONDS = 0.02


class ServerDiedError(Exception):
    """The process ended before it was ready; the message is the end of what it wrote."""


class WebServer:
    """One web server over the database of ``data_dir``, or over ``database_url``.

    The database must run and be migrated already (``borrowed`` and ``migrate`` of the tests).
    Several servers over one database share ``data_dir`` and ``public_url`` and differ in the port:
    requests to the second one name the public URL as their Host.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        port: int = 0,
        public_url: str = "",
        database_url: str = "",
        database_admin_url: str = "",
        workers: int = 1,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "identity.config.running.serving", "web"),
    ) -> None:
        self.port = port or free_port()
        self.public_url = public_url or f"http://localhost:{self.port}"
        self.address = ("127.0.0.1", self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._log = data_dir / "log" / f"web-{self.port}.log"
        self._command = list(command)
        given = {
            "DATA_DIR": str(data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.public_url,
            "DATABASE_URL": database_url,
            "DATABASE_ADMIN_URL": database_admin_url,
            "WEB_WORKERS": str(workers),
            **(environment or {}),
        }
        # The settings module of the tests is not the one that serves people.
        inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        self._environment = {**inherited, **{k: v for k, v in given.items() if v}}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and return once it answers.

        :raises ServerDiedError: it ended, or is not ready in time
        """
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=CHECKOUT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """:raises ServerDiedError: it ended, or is not ready in time."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            if self.is_ready():
                return
            time.sleep(POLL_SECONDS)  # a process of its own
        self.kill()
        raise ServerDiedError("\n".join(self._log.read_text(errors="replace").splitlines()[-20:]))

    def is_ready(self) -> bool:
        """Whether it answers and reaches its database."""
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """``kill -9`` of the process and of its workers: nothing gets to say goodbye."""
        self._signal_all(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """Ask it to stop; killed if it does not."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self._signal_all(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _signal_all(self, which: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, which)
