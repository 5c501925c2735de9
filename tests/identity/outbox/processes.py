"""Workers as processes over the database of the tests: started, asked to stop, killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from django.db import connection

from identity.config.running.children import die_with_parent
from tests.devices.server import CHECKOUT
from tests.devices.smtp_sink import SmtpSink

STOP_SECONDS = 30
POLL_SECONDS = 0.02


def until(is_true: Callable[[], bool], seconds: float) -> None:
    """Return once it is true.

    :raises TimeoutError: it is not after that time
    """
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(POLL_SECONDS)  # what is waited for happens in another process


def environment(data_dir: Path, sink: SmtpSink, broker: str = "") -> dict[str, str]:
    """What a process needs to share the tests' database and the test's mail server."""
    database = connection.settings_dict
    login = f"{database['USER']}:{quote(database['PASSWORD'], safe='')}"
    host = quote(database["HOST"], safe="")
    port = f"&port={database['PORT']}" if database["PORT"] else ""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.identity.outbox.worker_settings",
        "DATABASE_URL": f"postgresql://{login}@/{database['NAME']}?host={host}{port}",
        "DATA_DIR": str(data_dir),
        "EMAIL_URL": sink.url,
        "CELERY_BROKER_URL": broker,
    }


class Process:
    """A program that says a word when it is ready; killed at the end if it still runs."""

    def __init__(self, *command: str, env: dict[str, str], ready: str) -> None:
        self._process = subprocess.Popen(
            command, cwd=CHECKOUT, env=env, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - the program execs at once
        )  # fmt: skip
        self._said: list[str] = []
        self.wait_for(ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait_for(self, word: str) -> None:
        """Return once the process has written the word.

        :raises AssertionError: it ended without; the message is what it wrote
        """
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            if word in line:
                return
        raise AssertionError("".join(self._said))

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL to the process and whatever it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self.ask_to_stop()
        return self._process.wait(STOP_SECONDS)


def worker(env: dict[str, str], *, relays: int = 2) -> Process:
    """`manage.py worker`, at work."""
    return Process(
        sys.executable, "manage.py", "worker", "--relays", str(relays),
        env=env, ready="Worker is ready",
    )  # fmt: skip
