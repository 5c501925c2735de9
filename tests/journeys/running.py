"""The whole program as `make run` starts it, for browsers to visit."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.devices.ports import free_port
from tests.devices.server import CHECKOUT

READY_SECONDS = 90
POLL_SECONDS = 0.1


@dataclass
class Running:
    """One installation with every process: Postgres, web, worker, demo relying party."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    demo_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where people find it."""
        return f"http://localhost:{self.port}"

    @property
    def demo_url(self) -> str:
        """The demo relying party of the tenant `demo`, on an origin of its own."""
        return f"http://127.0.0.1:{self.demo_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What its processes and commands are given."""
        inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        return {
            **inherited,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DEMO_PORT": str(self.demo_port),
            "PUBLIC_URL": self.url,
        }

    def __enter__(self) -> Self:
        log = self.data_dir.parent / "run.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "identity.config.running"],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while "Signet is ready" not in log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise RuntimeError(log.read_text(errors="replace")[-3000:])
            time.sleep(POLL_SECONDS)  # a process of its own says when it is ready
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        for process in (*self.others, self.process):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)

    def password(self, name: str) -> str:
        """The demo password of root, ada, ben or cleo, kept at the first start."""
        demo = json.loads((self.data_dir / "demo.json").read_text())
        return str(demo["passwords"][name])

    def manage(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> str:
        """Run `manage.py`; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=CHECKOUT,
            env={**self.environment, **(secrets or {})},
        )
        return done.stdout

    def provision(self, text: str, **secrets: str) -> str:
        """Apply a provisioning file; returns what the command printed."""
        file = self.data_dir / "journey.yaml"
        file.write_text(text)
        file.chmod(0o600)
        return self.manage("provision", str(file), secrets=secrets)

    def on_rows(self, code: str) -> str:
        """Run Python under the platform's scope, for what no page does: turning back a clock."""
        head = (
            "from identity.tenancy.scope import platform_scope\n"
            "from django.utils import timezone\nfrom datetime import timedelta\n"
            "with platform_scope():\n"
        )
        return self.manage("shell", "-v0", "-c", head + f"    {code}")

    def relying_party(self, tenant: str, client_id: str, secret: str, port: int) -> str:
        """One more demo relying party, of any client; returns its address."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "identity.demo"),
                *("--issuer", f"{self.url}/api/oidc/{tenant}"),
                *("--client-id", client_id, "--port", str(port)),
            ],
            cwd=CHECKOUT,
            env={**self.environment, "CLIENT_SECRET": secret},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.others.append(process)
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(url, trust_env=False, timeout=2)
            except httpx.TransportError:
                time.sleep(POLL_SECONDS)  # a process of its own
            else:
                return url
        raise RuntimeError("the relying party does not answer")

    def mails(self) -> list[str]:
        """The mails that were sent, oldest first, as their sources."""
        folder = self.data_dir / "mail"
        return [path.read_text() for path in sorted(folder.glob("*.eml"))]
