"""What a thread does to its connection between two looks at its tenant's rows."""

import random
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from identity.tenancy.scope import platform_scope, tenant_scope
from tests.identity.tenancy.conftest import PARCELS, ROWS

TENANTS = list(ROWS)
COUNT = f"SELECT count(*) FROM {PARCELS}"
ROWS_OF = f"SELECT tenant_id FROM {PARCELS}"


class Crossing(AssertionError):
    """Another tenant's rows, or none, were seen."""


class Forced(Exception):
    """Leaves a block the hard way."""


def look(tenant: UUID) -> None:
    """Count this tenant's rows in its scope."""
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(COUNT)
        compare(tenant, cursor.fetchone()[0])


def compare(tenant: UUID, seen: int) -> None:
    if seen != ROWS[tenant]:
        raise Crossing(f"{tenant} has {ROWS[tenant]} rows and saw {seen}")


def run(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def twice(one: UUID, other: UUID) -> None:
    look(one)
    look(other)


def within_transactions(one: UUID, other: UUID) -> None:
    with transaction.atomic():
        twice(one, other)
        with transaction.atomic():
            look(one)


def through_savepoints(one: UUID, other: UUID) -> None:
    with transaction.atomic():
        look(one)
        with suppress(Forced), transaction.atomic():
            look(other)
            raise Forced
        look(other)
        look(one)


def through_exceptions(one: UUID, other: UUID) -> None:
    with suppress(Forced), transaction.atomic():
        twice(one, other)
        raise Forced
    look(other)


def through_errors(one: UUID, other: UUID) -> None:
    with transaction.atomic():
        look(one)
        with suppress(DatabaseError), transaction.atomic():
            look(other)
            run("SELECT 1/0")
        twice(other, one)
    with suppress(DatabaseError), transaction.atomic():
        look(other)
        run("SELECT 1/0")
    look(other)


def through_raw_rollbacks(one: UUID, other: UUID) -> None:
    run("BEGIN")
    twice(one, other)
    run("ROLLBACK")
    look(other)
    run("BEGIN")
    look(one)
    run("SAVEPOINT here")
    look(other)
    run("/* back */ rollback to savepoint here")
    look(other)
    run("ABORT")
    look(other)


def from_platform(one: UUID, other: UUID) -> None:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(COUNT)
        if cursor.fetchone()[0] != sum(ROWS.values()):
            raise Crossing("the platform did not see all rows")
        twice(one, other)
    look(other)


def by_copy(one: UUID, other: UUID) -> None:
    look(other)
    with (
        tenant_scope(one),
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({ROWS_OF}) TO STDOUT") as copy,
    ):
        compare(one, sum(1 for _ in copy.rows()))


def by_stream(one: UUID, other: UUID) -> None:
    look(other)
    with tenant_scope(one), connection.cursor() as cursor:
        compare(one, sum(1 for _ in cursor.stream(ROWS_OF)))


def by_server_cursor(one: UUID, other: UUID) -> None:
    with transaction.atomic():
        with tenant_scope(one):
            cursor = connection.chunked_cursor()
            cursor.execute(ROWS_OF)
            seen = len(cursor.fetchmany(2))
        look(other)
        with tenant_scope(one):
            compare(one, seen + len(cursor.fetchall()))
            cursor.close()


def closing(one: UUID, other: UUID) -> None:
    """Returns the session to the pool where there is one."""
    look(one)
    connection.close()
    look(other)


JOURNEYS: tuple[Callable[[UUID, UUID], None], ...] = (
    twice,
    within_transactions,
    through_savepoints,
    through_exceptions,
    through_errors,
    through_raw_rollbacks,
    from_platform,
    by_copy,
    by_stream,
    by_server_cursor,
    closing,
)


def travel(*, seed: int, rounds: int) -> list[str]:
    """Go on so many random journeys with this thread's connection; the crossings seen."""
    choice = random.Random(seed)
    crossings = []
    for _ in range(rounds):
        journey = choice.choice(JOURNEYS)
        try:
            journey(*choice.sample(TENANTS, 2))
        except Crossing as crossing:
            crossings.append(f"{journey.__name__}: {crossing}")
            connection.close()
    connection.close()
    return crossings
