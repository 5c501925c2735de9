"""CPU time and memory of process trees, from /proc."""

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Proportional set size: shared pages are divided among those who share them."""

    pss_mib: float
    processes: int


def tree(root: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_seconds(root: int | None) -> float:
    """CPU time of the tree so far, ended and awaited children included; 0 for no process."""
    if root is None:
        return 0.0
    # proc(5): utime, stime, cutime, cstime are fields 14 to 17, the state is field 3
    used = [sum(map(int, fields[11:15])) for pid in tree(root) if (fields := _stat(pid))]
    return sum(used) / _TICKS_PER_SECOND


def memory(root: int) -> Memory:
    """Memory of the tree now."""
    kib, processes = 0, 0
    for pid in tree(root):
        try:
            text = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
        except OSError:
            continue
        if found := re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE):
            kib += int(found[1])
            processes += 1
    return Memory(round(kib / 1024, 1), processes)


def free_port() -> int:
    """A port of the loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stat(pid: int) -> list[str]:
    try:
        text = (Path("/proc") / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rsplit(")", 1)[1].split()
