"""`make run` as a person meets it: ready, one per DATA_DIR, robust against kill -9, gone at once."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from identity.config.running import postgres
from identity.config.running.database import borrowed
from identity.config.running.places import CHECKOUT, Places
from identity.config.running.ports import addresses, answers, can_bind

READY = re.compile(r"^Signet is ready: (http://localhost:\d+)$", re.MULTILINE)
PATIENCE_SECONDS = 60.0


class Program:
    """`python -m identity.config.running` on data and ports of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.places = Places(data_dir)
        self.output = data_dir.parent / "output.txt"
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data_dir),
            "PORT": str(_free_port()),
            "DEMO_PORT": str(_free_port()),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "identity.config.running"],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started = self.process
        wait_for(lambda: READY.search(self.said()) is not None or started.poll() is not None)
        assert READY.search(self.said()), self.said()

    def said(self) -> str:
        return self.output.read_text()

    def url(self, path: str) -> str:
        return f"http://localhost:{self.environment['PORT']}{path}"

    def is_serving(self) -> bool:
        try:
            with urlopen(self.url("/readyz"), timeout=5) as answer:  # noqa: S310 - ours
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self) -> set[int]:
        """Process ids of everything started for this DATA_DIR, from the process table."""
        mark = f"DATA_DIR={self.environment['DATA_DIR']}".encode()
        found = set()
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                is_ours = mark in (folder / "environ").read_bytes().split(b"\0")
                is_server = str(self.places.postgres).encode() in (
                    folder / "cmdline"
                ).read_bytes().split(b"\0")
            except OSError:
                continue
            if is_ours or is_server:
                found.add(int(folder.name))
        return found - {self.process.pid if self.process else 0}

    def part(self, name: str) -> int:
        """Process id of serving, of the web server or worker it forked, or of a web worker."""
        assert self.process is not None
        (serving,) = [
            pid
            for pid in _children_of(self.process.pid)
            if b"identity.config.running.serving"
            in (Path("/proc") / str(pid) / "cmdline").read_bytes()
        ]
        forked = _children_of(serving)
        (web,) = [pid for pid in forked if _children_of(pid)]
        (worker,) = [pid for pid in forked if pid != web]
        parts = {"serving": serving, "web": web, "worker": worker}
        return parts.get(name) or min(_children_of(web))

    def is_complete(self) -> bool:
        """Whether serving has forked all its parts again."""
        try:
            return len({self.part(name) for name in ("serving", "web", "worker", "one")}) == 4
        except ValueError:
            return False

    def superuser(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self.places.socket_folder),
            user="postgres",
            dbname="signet",
            autocommit=True,
        )

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Started once; each test leaves it running."""
    running = Program(tmp_path_factory.mktemp("running") / "var")
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    """Look every twentieth of a second until it holds; fail after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        Event().wait(0.05)


def _children_of(parent: int) -> set[int]:
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if f"\nPPid:\t{parent}\n" in text and "\nState:\tZ" not in text:
            found.add(int(status.parent.name))
    return found


def _descendants_of(parent: int) -> set[int]:
    """The process and all it started, but for Postgres'."""
    name = (Path("/proc") / str(parent) / "comm").read_text().strip()
    if name == "postgres":
        return set()
    return {parent}.union(*(_descendants_of(child) for child in _children_of(parent)))


def _pss_kilobytes(pid: int) -> int:
    rollup = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
    found = re.search(r"^Pss: +(\d+) kB$", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_prints_addresses_and_sign_ins_and_then_that_it_is_ready(program: Program) -> None:
    """Issue, point 1: console, account page, demo relying party, names, and one last line."""
    said = program.said()
    kept = json.loads(program.places.demo_sign_ins.read_text())
    for address in (program.url("/console/"), program.url("/account/demo/"), kept["relying_party"]):
        assert address in said
    for name, password in kept["passwords"].items():
        assert re.search(rf"{name} +{password}", said)
    assert said.index("Sign in as") < said.index("Signet is ready")


def test_demo_passwords_are_kept_closed_to_others(program: Program) -> None:
    """Issue, point 1: random per DATA_DIR, kept in demo.json (0600)."""
    mode = stat.S_IMODE(program.places.demo_sign_ins.stat().st_mode)
    assert mode == stat.S_IRUSR | stat.S_IWUSR
    passwords = json.loads(program.places.demo_sign_ins.read_text())["passwords"]
    assert len(set(passwords.values())) == len(passwords) >= 4


def test_both_loopback_families_are_served_and_no_other_address(program: Program) -> None:
    """Issue, point 1: bound to loopback only, 127.0.0.1 and ::1 where the machine has it."""
    port = int(program.environment["PORT"])
    for address in addresses("127.0.0.1"):
        assert answers(address, port, "/healthz")
    assert can_bind("127.0.0.2", port)


def test_everything_but_postgres_fits_into_350_megabytes(program: Program) -> None:
    """Issue, figures: PSS, so that what forked processes share counts once."""
    assert program.process is not None
    kilobytes = {pid: _pss_kilobytes(pid) for pid in _descendants_of(program.process.pid)}
    assert len(kilobytes) >= 7  # supervisor, serving, web, two of its workers, worker, demo
    assert sum(kilobytes.values()) < 350_000


def test_a_second_start_on_the_same_data_says_so_and_ends(program: Program) -> None:
    """Two supervisors would fight for one database."""
    second = subprocess.run(
        [sys.executable, "-m", "identity.config.running"],
        cwd=CHECKOUT,
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert second.returncode == 1
    assert "already runs" in second.stdout
    assert program.is_serving()


def test_the_database_is_closed_to_whoever_has_no_password(program: Program) -> None:
    """tenancy.md §2: only the Unix socket, peer for the superuser, SCRAM for all others."""
    folder = program.places.socket_folder
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host={folder} dbname=signet user=signet_web password=guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host={folder} dbname=signet user=signet_owner")
    configuration = (program.places.postgres / "signet.conf").read_text()
    assert "listen_addresses = ''" in configuration


@pytest.mark.parametrize("name", ["a web worker", "web", "worker", "serving"])
def test_what_was_killed_is_back_at_once(name: str, program: Program) -> None:
    """Issue: kill -9 of the web process, and of any other."""
    killed = program.part(name)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not (Path("/proc") / str(killed)).exists())
    wait_for(lambda: program.is_complete() and program.is_serving())
    assert program.part(name) != killed


def test_a_killed_postgres_is_back_and_nothing_acknowledged_is_lost(program: Program) -> None:
    """Issue: kill -9 of Postgres loses no acknowledged write."""
    with program.superuser() as session:
        session.execute("CREATE TABLE kept (id int)")
        session.execute("INSERT INTO kept VALUES (1)")
    postmaster = postgres.running_pid(program.places)
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    wait_for(lambda: "postgres ended (SIGKILL)" in program.said())
    wait_for(lambda: postgres.is_ready(program.places) and program.is_serving())
    with program.superuser() as session:
        assert session.execute("SELECT id FROM kept").fetchall() == [(1,)]
        session.execute("DROP TABLE kept")


def test_a_stop_ends_everything_quickly(program: Program) -> None:
    """Issue, point 1: one supervisor that stops everything cleanly on Ctrl-C or SIGTERM."""
    assert program.children()
    began_at = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - began_at < 10
    assert program.children() == set()
    assert not (program.places.postgres / "postmaster.pid").exists()


def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_start_recovers(
    program: Program,
) -> None:
    """Issue, point 1: recovers from a stale lock after kill -9."""
    program.start()
    assert program.process is not None
    program.process.kill()
    program.process.wait()
    wait_for(lambda: program.children() == set())
    program.start()
    assert program.is_serving()


def test_later_starts_name_the_people_but_not_their_passwords(program: Program) -> None:
    """Issue, point 1: passwords are printed at the first start and kept in demo.json."""
    said = program.said()
    kept = json.loads(program.places.demo_sign_ins.read_text())
    for name, password in kept["passwords"].items():
        assert re.search(rf"^    {name} ", said, re.MULTILINE)
        assert password not in said
    assert str(program.places.demo_sign_ins) in said


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    """People call folders what they like; Postgres' configuration has quotes and lists."""
    places = Places(tmp_path / "it's mine, all of it" / "var")
    with (
        borrowed(places),
        psycopg.connect(
            host=str(places.socket_folder), user="postgres", dbname="signet"
        ) as session,
    ):
        assert session.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_pid_file_that_names_another_program_does_not_stop_the_start(tmp_path: Path) -> None:
    """After a restart of the machine any program may carry the number Postgres had."""
    places = Places(tmp_path / "var")
    with postgres.used(places, when_started=lambda _: None):
        lines = (places.postgres / "postmaster.pid").read_text().splitlines()
    lines[0] = str(os.getpid())
    (places.postgres / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with postgres.used(places, when_started=lambda _: None):
        assert postgres.running_pid(places) not in {None, os.getpid()}
