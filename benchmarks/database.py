"""The databases of both providers, on the one embedded Postgres of the benchmark's DATA_DIR."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from benchmarks import provisioning
from benchmarks.figures import MANY_TENANTS
from identity.config.running import cluster, postgres
from identity.config.running.database import DATABASE, borrowed
from identity.config.running.places import CHECKOUT, Places

DOT = "bench_dot"
DOT_VENV = CHECKOUT / "benchmarks" / ".venv-dot"


@contextmanager
def running(places: Places) -> Iterator[int]:
    """Within, the server runs and both databases exist; gives the postmaster's process id."""
    places.make()
    with borrowed(places):
        pid = postgres.running_pid(places)
        if pid is None:
            raise RuntimeError("The embedded Postgres has no process id.")
        yield pid


def prepare_signet(places: Places, words: Mapping[str, str]) -> None:
    """Afterwards Signet's database is migrated and holds the benchmark's tenants."""
    environment = {**os.environ, **words, "DATA_DIR": str(places.data_dir)}

    def manage(*arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(
            command, check=True, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL
        )

    manage("migrate", "--verbosity", "0")
    bench, many = places.data_dir / "bench.yaml", places.data_dir / "many.yaml"
    provisioning.write_bench_tenant(bench)
    provisioning.write_many_tenants(many, MANY_TENANTS)
    for file in (bench, many):
        # Reading a thousand tenants back to find nothing to do takes a while: once is enough.
        done = file.with_suffix(".applied")
        if not done.exists() or done.read_text() != file.read_text():
            manage("provision", str(file), "--verbosity", "0")
            done.write_text(file.read_text())


def look_at_tables(places: Places) -> None:
    """Afterwards the planner knows both databases, as autovacuum would have it within a minute."""
    for name in (DATABASE, DOT):
        try:
            with psycopg.connect(
                host=str(places.socket_folder),
                user=cluster.SUPERUSER,
                dbname=name,
                autocommit=True,
            ) as superuser:
                superuser.execute("ANALYZE")
        except psycopg.OperationalError:
            continue  # Signet is measured alone, and there is no second database yet


def prepare_dot(places: Places, words: Mapping[str, str]) -> dict[str, str]:
    """Afterwards the peer is installed and its database is fresh; gives its environment."""
    if not (DOT_VENV / "bin" / "granian").exists():
        _install_dot()
    with psycopg.connect(
        host=str(places.socket_folder), user=cluster.SUPERUSER, dbname="postgres", autocommit=True
    ) as superuser:
        if superuser.execute("SELECT FROM pg_roles WHERE rolname = %s", [DOT]).fetchone() is None:
            superuser.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(DOT)))
            superuser.execute(SQL("CREATE DATABASE {0} OWNER {0}").format(Identifier(DOT)))
        superuser.execute(
            SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(DOT), Literal(words["DOT_PASSWORD"]))
        )
    environment = {
        "DB": f"{places.socket_folder} {DOT} {DOT}",
        "PGPASSWORD": words["DOT_PASSWORD"],
        "KEYFILE": str(places.data_dir / "dot-key.pem"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run(
        [str(DOT_VENV / "bin" / "python"), "dotsite.py"],
        check=True,
        cwd=CHECKOUT / "benchmarks" / "dot",
        env={**os.environ, **words, **environment},
    )
    return environment


def _install_dot() -> None:
    requirements = CHECKOUT / "benchmarks" / "dot" / "requirements.txt"
    python = str(DOT_VENV / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(DOT_VENV)], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", str(requirements)], check=True)


def scratch(folder: Path | None) -> Places:
    """The data directory of the benchmark: kept between runs, never that of ``make run``."""
    return Places((folder or CHECKOUT / "var" / "bench").resolve())
