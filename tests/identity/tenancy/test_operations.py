"""What the migration operations leave in the catalogue, and that they take it back."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.db.migrations.writer import MigrationWriter

from identity.tenancy.operations import GlobalTable, SameTenant, TenantIsolation
from identity.tenancy.postgres.owner import as_owner
from identity.tenancy.scope import platform_scope, tenant_scope
from tests.identity.tenancy import conftest
from tests.identity.tenancy.conftest import PARCELS, ROWS

pytestmark = pytest.mark.usefixtures("wall")

LETTERS = "tenancy_letter"
ONE, OTHER, *_ = ROWS


def run(query: str, params: list[Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.rowcount)


def one(query: str, params: list[Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()


def parcel_of(tenant: UUID) -> UUID:
    """A new parcel of the tenant."""
    key = uuid4()
    with tenant_scope(tenant):
        run(f"INSERT INTO {PARCELS} (id, tenant_id) VALUES (%s, %s)", [key, tenant])
    return key


def write_letter(tenant: UUID, parcel: UUID, label: UUID | None = None) -> UUID:
    key = uuid4()
    columns = "(id, tenant_id, parcel_id, label_id)"
    run(f"INSERT INTO {LETTERS} {columns} VALUES (%s, %s, %s, %s)", [key, tenant, parcel, label])
    return key


@pytest.fixture
def spared(wall: Any) -> Iterator[list[UUID]]:
    """Parcels to be removed after the test, whose tables are shared with others."""
    made: list[UUID] = []
    yield made
    with platform_scope():
        run(f"DELETE FROM {PARCELS} WHERE id = ANY(%s)", [made])


def test_a_row_cannot_point_into_another_tenant(spared: list[UUID]) -> None:
    """tenancy §4: a token row pointing at another tenant's application was accepted without it."""
    foreign = parcel_of(OTHER)
    spared.append(foreign)

    with tenant_scope(ONE), pytest.raises(IntegrityError, match="same_tenant"):
        write_letter(ONE, foreign)


def test_rows_that_point_at_a_removed_row_follow_it(spared: list[UUID]) -> None:
    """tenancy §4: SameTenant(…, on_delete="CASCADE")."""
    parcel = parcel_of(ONE)
    with tenant_scope(ONE):
        letter = write_letter(ONE, parcel)
        run(f"DELETE FROM {PARCELS} WHERE id = %s", [parcel])

        assert one(f"SELECT FROM {LETTERS} WHERE id = %s", [letter]) is None


def test_set_null_empties_the_field_and_keeps_the_tenant(spared: list[UUID]) -> None:
    """Postgres 15: ON DELETE SET NULL (column); without the list the tenant would be emptied."""
    parcel, label = parcel_of(ONE), parcel_of(ONE)
    spared.append(parcel)
    with tenant_scope(ONE):
        letter = write_letter(ONE, parcel, label)
        run(f"DELETE FROM {PARCELS} WHERE id = %s", [label])
        found = one(f"SELECT tenant_id, label_id FROM {LETTERS} WHERE id = %s", [letter])

    assert found == (ONE, None)


def test_the_pointer_is_checked_at_commit() -> None:
    """tenancy §4: DEFERRABLE INITIALLY DEFERRED, as Django's own keys are."""
    with tenant_scope(ONE), pytest.raises(IntegrityError), transaction.atomic():
        assert write_letter(ONE, uuid4())


def test_an_unlisted_verb_is_refused() -> None:
    """tenancy §4: append-only tables say may="SELECT, INSERT"."""
    with tenant_scope(ONE), pytest.raises(ProgrammingError, match="permission denied"):
        run(f"UPDATE {LETTERS} SET label_id = NULL")


def test_a_global_table_is_read_by_all_and_written_by_the_platform() -> None:
    """tenancy §4: SELECT to the app, all four to the platform."""
    key = uuid4()
    with tenant_scope(ONE), pytest.raises(ProgrammingError, match="permission denied"):
        run("INSERT INTO tenancy_depot VALUES (%s)", [key])
    with platform_scope():
        run("INSERT INTO tenancy_depot VALUES (%s)", [key])
    with tenant_scope(ONE):
        assert one("SELECT id FROM tenancy_depot") == (key,)
    with platform_scope():
        run("DELETE FROM tenancy_depot")


def test_a_key_that_is_added_late_is_checked_against_the_rows() -> None:
    """tenancy §4: FORCE without an owner policy silently validates foreign keys."""
    step = next(s for s in conftest._steps() if isinstance(s.operation, SameTenant))
    with as_owner("default"), transaction.atomic():
        editor = connections["default"].schema_editor()
        step.operation.database_backwards(conftest.APP, editor, step.after, step.before)
        insert = f"INSERT INTO {LETTERS} (id, tenant_id, parcel_id)"
        run(f"{insert} VALUES (%s, %s, %s)", [uuid4(), ONE, uuid4()])
        run("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            step.operation.database_forwards(conftest.APP, editor, step.before, step.after)
        transaction.set_rollback(True)


def test_operations_are_reversible() -> None:
    """architecture: migrations are reversible or say why not. No trace is left in the catalogue."""
    traces = (
        "SELECT (SELECT count(*) FROM pg_policies WHERE tablename = %s), relrowsecurity, "
        "relforcerowsecurity, (SELECT count(*) FROM pg_constraint WHERE conrelid = pg_class.oid "
        "AND conname LIKE '%%same_tenant'), has_table_privilege('signet_app', oid, 'SELECT') "
        "FROM pg_class WHERE oid = %s::regclass"
    )
    ours = [s for s in conftest._steps() if getattr(s.operation, "model", "") == "Letter"]
    with as_owner("default"):
        editor = connections["default"].schema_editor()
        with transaction.atomic():
            assert one(traces, [LETTERS, LETTERS]) == (3, True, True, 2, True)
            for step in reversed(ours):
                step.operation.database_backwards(conftest.APP, editor, step.after, step.before)
            assert one(traces, [LETTERS, LETTERS]) == (0, False, False, 0, False)
            for step in ours:
                step.operation.database_forwards(conftest.APP, editor, step.before, step.after)
        assert one(traces, [LETTERS, LETTERS]) == (3, True, True, 2, True)


@pytest.mark.parametrize("may", ["TRUNCATE", "SELECT, REFERENCES", "ALL", "SELECT; DROP TABLE x"])
def test_verbs_that_reach_around_the_wall_are_never_granted(may: str) -> None:
    """tenancy §4: TRUNCATE ignores RLS: never granted."""
    for operation in (TenantIsolation, GlobalTable):
        with pytest.raises(ValueError, match="never granted"):
            operation("Parcel", may=may)


def test_operations_can_be_written_to_a_migration() -> None:
    """They survive squashing: Django can write them as code."""
    text, _ = MigrationWriter.serialize(SameTenant("Letter", "parcel", on_delete="NO ACTION"))

    assert "SameTenant" in text
    assert "NO ACTION" in text
