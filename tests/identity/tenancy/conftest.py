"""Tables of tenants that exist for these tests only, made by the real migration operations."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.db import connections, models
from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from identity.tenancy.operations import GlobalTable, SameTenant, TenantIsolation
from identity.tenancy.postgres.owner import as_owner

APP = "tenancy"
PARCELS = "tenancy_parcel"

# Rows per tenant, all different: a count that is wrong names the tenant it came from.
ROWS = {UUID(int=number): number * 3 + 1 for number in range(1, 7)}


def _key() -> Any:
    return models.UUIDField(primary_key=True)


def _operations() -> list[Operation]:
    per_tenant = models.UniqueConstraint(fields=["tenant_id", "id"], name="parcel_tenant_id")
    pointer = models.ForeignKey(f"{APP}.Parcel", models.CASCADE, db_constraint=False)
    label = models.ForeignKey(
        f"{APP}.Parcel", models.CASCADE, db_constraint=False, null=True, related_name="+"
    )
    return [
        CreateModel(
            "Parcel",
            [("id", _key()), ("tenant_id", models.UUIDField())],
            {"constraints": [per_tenant]},
        ),
        TenantIsolation("Parcel"),
        CreateModel(
            "Letter",
            [
                ("id", _key()),
                ("tenant_id", models.UUIDField()),
                ("parcel", pointer),
                ("label", label),
            ],
        ),
        TenantIsolation("Letter", may="SELECT, INSERT, DELETE"),
        SameTenant("Letter", "parcel"),
        SameTenant("Letter", "label", on_delete="SET NULL"),
        CreateModel("Depot", [("id", _key())]),
        GlobalTable("Depot"),
    ]


class Step(NamedTuple):
    operation: Operation
    before: ProjectState
    after: ProjectState


def _steps() -> list[Step]:
    steps, state = [], ProjectState()
    for operation in _operations():
        after = state.clone()
        operation.state_forwards(APP, after)
        steps.append(Step(operation, state, after))
        state = after
    return steps


def _raise(steps: list[Step]) -> None:
    with as_owner("default"), connections["default"].schema_editor() as editor:
        for step in steps:
            step.operation.database_forwards(APP, editor, step.before, step.after)


def _lower(steps: list[Step]) -> None:
    with as_owner("default"), connections["default"].schema_editor() as editor:
        for step in reversed(steps):
            step.operation.database_backwards(APP, editor, step.after, step.before)


@pytest.fixture(scope="package")
def parcels(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[UUID, int]]:
    """Committed rows of six tenants, by tenant how many; the tables go when the package is done."""
    with django_db_blocker.unblock():
        steps = _steps()
        _raise(steps)
        with as_owner("default"), connections["default"].cursor() as cursor:
            for tenant, count in ROWS.items():
                cursor.execute(
                    f"INSERT INTO {PARCELS} SELECT gen_random_uuid(), %s "
                    "FROM generate_series(1, %s)",
                    [tenant, count],
                )
        connections["default"].close()
    yield ROWS
    with django_db_blocker.unblock():
        _lower(steps)
        connections["default"].close()


@pytest.fixture
def wall(parcels: dict[UUID, int], django_db_blocker: Any) -> Iterator[Any]:
    """A new wrapper under the alias `default`, outside any transaction of a test runner."""
    with django_db_blocker.unblock():
        usual = connections["default"]
        wrapper = connections.create_connection("default")
        connections["default"] = wrapper
        try:
            yield wrapper
        finally:
            wrapper.close()
            connections["default"] = usual
