"""An OpenID provider under load: how it is started, and the requests it is asked with."""

import asyncio
import base64
import json
import os
import re
import signal
import subprocess
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from benchmarks import processes
from benchmarks.connection import Connection, Request

STOP_SECONDS = 10
_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_ENDPOINTS = {
    "authorization": "authorization_endpoint",
    "token": "token_endpoint",
    "userinfo": "userinfo_endpoint",
    "introspection": "introspection_endpoint",
    "jwks": "jwks_uri",
}


class TargetError(Exception):
    """The target did not do what its workload needs."""


class Target:
    """A provider described by a TOML file in this folder; ``${NAME}`` in it is replaced."""

    def __init__(self, path: Path, variables: Mapping[str, str]) -> None:
        self.config = _expand(tomllib.loads(path.read_text()), variables)
        self.name: str = self.config["name"]
        self.issuer: str = self.config["issuer"]
        parts = urlsplit(self.issuer)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.discovery = parts.path + "/.well-known/openid-configuration"
        self.client: dict[str, Any] = self.config["client"]
        self.machine: dict[str, Any] = self.config["machine"]
        self.tokens: list[dict[str, Any]] = []
        self.cold_start_seconds = 0.0
        self.memory_idle: processes.Memory | None = None
        self.memory_loaded: processes.Memory | None = None
        self._paths: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = path.parent

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self, log: Path) -> None:
        """Start the server and wait for its first discovery answer.

        :raises TargetError: it ended, or does not answer
        """
        server = self.config["server"]
        began = time.perf_counter()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                server["command"],
                cwd=(self._folder / server.get("cwd", ".")).resolve(),
                env={**os.environ, **server.get("env", {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        document = asyncio.run(self._first_answer(began, server.get("ready_seconds", 30), log))
        self.cold_start_seconds = round(time.perf_counter() - began, 3)
        named = {**document, **self.config.get("endpoints", {})}
        for key, member in _ENDPOINTS.items():
            parts = urlsplit(str(named.get(key) or named.get(member, "")))
            self._paths[key] = parts.path + (f"?{parts.query}" if parts.query else "")

    def stop(self) -> None:
        """End the server and everything it started."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def memory(self) -> processes.Memory | None:
        """Memory of the server's processes now."""
        return None if self.pid is None else processes.memory(self.pid)

    def path(self, endpoint: str) -> str:
        """The path of an endpoint, as the discovery document (or the TOML file) names it."""
        return self._paths[endpoint]

    def form(self, endpoint: str, who: Mapping[str, Any], fields: Mapping[str, str]) -> Request:
        """A form posted by a client that proves itself with client_secret_basic."""
        pair = f"{quote_plus(who['id'])}:{quote_plus(who['secret'])}"
        basic = "Basic " + base64.b64encode(pair.encode()).decode()
        headers = (_FORM, ("Accept", "application/json"), ("Authorization", basic))
        return Request("POST", self.path(endpoint), headers, urlencode(fields).encode())

    def client_credentials(self) -> Request:
        fields = {"grant_type": "client_credentials"}
        if "scope" in self.machine:
            fields["scope"] = self.machine["scope"]
        return self.form("token", self.machine, fields)

    def refresh(self, refresh_token: str) -> Request:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.form("token", self.client, fields)

    async def _first_answer(self, began: float, limit: float, log: Path) -> dict[str, Any]:
        question = Request("GET", self.discovery, (("Connection", "close"),))
        while time.perf_counter() - began < limit:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                answer = await Connection(self.host, self.port).send(question)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.01)
                continue
            if answer.status == 200:
                document: dict[str, Any] = json.loads(answer.body)
                return document
            await asyncio.sleep(0.1)
        raise TargetError(f"{self.name} gave no discovery answer; see {log}")


def _expand(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], value)
    if isinstance(value, dict):
        return {key: _expand(member, variables) for key, member in value.items()}
    return [_expand(member, variables) for member in value] if isinstance(value, list) else value
