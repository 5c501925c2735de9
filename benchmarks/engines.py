"""Load in a closed loop: each connection sends its next request when the last was answered.

wrk drives requests that are known beforehand, for it costs the machine little; asyncio drives
whole sign-ins.
"""

import asyncio
import re
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from benchmarks.connection import Connection, Request
from benchmarks.target import Target, TargetError

UNIT_TIMEOUT_SECONDS = 60
MOST_ERRORS = 200


@dataclass(frozen=True, slots=True)
class Load:
    """What a target did under load; latencies in milliseconds."""

    units: int
    seconds: float
    errors: int
    p50_ms: float
    p99_ms: float
    first_error: str = ""


_DONE = dedent("""
    done = function(summary, latency, requests)
      local e = summary.errors
      io.write(string.format("\\nRESULT %d %d %d %d %.3f %.3f\\n", summary.requests,
        summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
    end
""")
_IN_TURN = dedent("""
    local prepared, last = {}, 0
    init = function()
      for k, r in ipairs(R) do prepared[k] = wrk.format(r[1], r[2], r[3], r[4]) end
    end
    request = function() last = last % #prepared + 1; return prepared[last] end
""")
_CHAIN = dedent("""
    local first, last = 1, #T
    local function escaped(token)
      return (token:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", c:byte()) end))
    end
    request = function()
      local token = T[first]
      if token == nil then token = "none-left" else T[first] = nil; first = first + 1 end
      return wrk.format("POST", PATH, H, BEFORE .. escaped(token))
    end
    response = function(status, headers, body)
      local token = body:match('"refresh_token"%s*:%s*"([^"]+)"')
      if status == 200 and token then last = last + 1; T[last] = token end
    end
""")


def requests_in_turn(
    target: Target, requests: Sequence[Request], connections: int, seconds: int
) -> Load:
    """The requests over and over, one after the other."""
    rows = ",\n".join(
        f"{{{_lua(r.method)}, {_lua(r.target)}, {_lua_table(r.headers)}, "
        f"{_lua(r.body.decode()) if r.body else 'nil'}}}"
        for r in requests
    )
    return _wrk(target, f"local R = {{{rows}}}\n{_IN_TURN}{_DONE}", connections, seconds)


def refresh_chain(target: Target, tokens: Sequence[str], connections: int, seconds: int) -> Load:
    """Refreshes, each with the newest token of its chain."""
    request = target.refresh("TOKEN")
    before = request.body.decode().removesuffix("TOKEN")
    script = (
        f"local T = {{{', '.join(map(_lua, tokens))}}}\nlocal H = {_lua_table(request.headers)}\n"
        f"local PATH, BEFORE = {_lua(request.target)}, {_lua(before)}\n{_CHAIN}{_DONE}"
    )
    return _wrk(target, script, connections, seconds)


def _wrk(target: Target, script: str, connections: int, seconds: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "load.lua"
        file.write_text(script)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
        done = subprocess.run(
            [*command, "-s", str(file), f"http://{target.host}:{target.port}/"],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\S+) (\S+)", done.stdout)
    if found is None:
        raise TargetError(f"wrk: {done.stdout}{done.stderr}")
    asked, microseconds, refused, broken = map(int, found.groups()[:4])
    return Load(
        units=asked - refused,
        seconds=microseconds / 1e6,
        errors=refused + broken,
        p50_ms=float(found[5]),
        p99_ms=float(found[6]),
    )


def coroutines(
    target: Target,
    unit: Callable[[Connection], Awaitable[Any]],
    connections: int,
    seconds: float,
) -> Load:
    """``unit`` over and over on each of the connections."""
    latencies: list[float] = []
    faults: list[str] = []

    async def work(until: float) -> None:
        connection = Connection(target.host, target.port)
        while (began := time.perf_counter()) < until and len(faults) < MOST_ERRORS:
            try:
                await asyncio.wait_for(unit(connection), UNIT_TIMEOUT_SECONDS)
                latencies.append(time.perf_counter() - began)
            except (TargetError, OSError, TimeoutError, asyncio.IncompleteReadError) as fault:
                faults.append(repr(fault)[:300])
                connection.close()
        connection.close()

    async def all_of_them() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(work(began + seconds) for _ in range(connections)))
        return time.perf_counter() - began

    took = asyncio.run(all_of_them())
    latencies.sort()

    def at(share: float) -> float:
        return latencies[min(len(latencies) - 1, int(share * len(latencies)))] * 1e3

    return Load(
        units=len(latencies),
        seconds=took,
        errors=len(faults),
        p50_ms=at(0.5) if latencies else 0.0,
        p99_ms=at(0.99) if latencies else 0.0,
        first_error=faults[0] if faults else "",
    )


def _lua(text: str) -> str:
    plain = (c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\{ord(c):03d}" for c in text)
    return f'"{"".join(plain)}"'


def _lua_table(pairs: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"[{_lua(name)}] = {_lua(value)}" for name, value in pairs) + "}"
