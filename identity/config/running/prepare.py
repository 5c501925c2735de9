"""Making everything ready before the first request: roles, migrations, demo."""

import json
import os
import sys
import time
from io import StringIO
from typing import TypedDict

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor

from identity.config.env import DevelopmentEnvironment, Misconfigured, chosen
from identity.config.running import cluster, demonstration, postgres
from identity.config.running.database import bootstrap
from identity.config.running.places import Places
from identity.config.running.ports import addresses, can_bind

PORT_TIMEOUT_SECONDS = 5.0
REFUSALS = (
    Misconfigured,
    ImproperlyConfigured,
    CommandError,
    cluster.ClusterError,
    OperationalError,
)


class Plan(TypedDict):
    """What the supervisor needs to know, without reading the environment itself."""

    public_url: str
    host: str
    port: int
    demo: demonstration.Demo | None
    demo_file: str
    is_first_start: bool


def prepare(*, is_embedded: bool) -> None:
    """Afterwards the database fits the code and `run/plan.json` tells how to serve it.

    `Misconfigured` when the environment, or a database that only its owner may migrate, forbids.
    """
    environment = chosen()
    places = environment.places
    places.make()
    if is_embedded:
        _wait_for_postgres(places)
        bootstrap(places)
    migrated = _migrate(may_migrate=isinstance(environment, DevelopmentEnvironment))
    demo = None
    is_first_start = not places.demo_sign_ins.exists()
    if isinstance(environment, DevelopmentEnvironment):
        demo = demonstration.provision(
            places,
            public_url=environment.public_url,
            port=environment.demo_port,
            is_due=migrated,
        )
    _wait_for_port(environment.host, environment.port)
    plan = Plan(
        public_url=environment.public_url,
        host=environment.host,
        port=environment.port,
        demo=demo,
        demo_file=str(places.demo_sign_ins),
        is_first_start=is_first_start,
    )
    unfinished = places.plan.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(plan))
    unfinished.rename(places.plan)


def _wait_for_postgres(places: Places) -> None:
    deadline = time.monotonic() + postgres.START_TIMEOUT_SECONDS
    while not postgres.is_ready(places):
        if time.monotonic() > deadline:
            raise cluster.ClusterError("The embedded Postgres did not become ready.")
        time.sleep(postgres.POLL_SECONDS)


def _wait_for_port(host: str, port: int) -> None:
    # Processes of a supervisor that was killed need a moment to end.
    deadline = time.monotonic() + PORT_TIMEOUT_SECONDS
    for address in addresses(host):
        while not can_bind(address, port):
            if time.monotonic() > deadline:
                raise cluster.ClusterError(
                    f"{address} port {port} is taken by another program; set PORT."
                )
            time.sleep(postgres.POLL_SECONDS)


def _migrate(*, may_migrate: bool) -> bool:
    """Apply what is missing; whether there was anything."""
    missing = _missing_migrations()
    if not missing:
        return False
    if not may_migrate:
        raise Misconfigured(
            f"The database lacks migrations ({', '.join(missing)}). "
            "Run `python manage.py migrate` with DATABASE_ADMIN_URL set, then start again."
        )
    os.write(1, b"  preparing the database\n")
    call_command("migrate", verbosity=0, interactive=False, stdout=StringIO())
    return True


def _missing_migrations() -> list[str]:
    try:
        executor = MigrationExecutor(connection)
    except ProgrammingError:
        # The runtime role may not read the table: a first `migrate` was cut off before its grants.
        return ["all"]
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def report_and_prepare(*, is_embedded: bool) -> int:
    """`prepare` as a process: exit code, and what went wrong in words on standard error."""
    try:
        prepare(is_embedded=is_embedded)
    except REFUSALS as problem:
        sys.stderr.write(f"{str(problem).strip()}\n")
        return 1
    return 0
