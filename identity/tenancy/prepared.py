"""Reads and inserts whose SQL is written once per process.

Django's compiler takes ten times as long to write a SELECT over three tables as Postgres takes to
answer it. A read on the way of every sign-in is therefore written once, with a mark in each place
of a value; afterwards only the values change. What comes back are ordinary model instances.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet, query
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=Model)
# The stubs describe a later Django, where it takes one argument more.
_populators: Any = query.get_related_populators

# Values that no condition of ours holds by itself, to be found again among a query's parameters.
_MARKS: dict[type, Callable[[], Any]] = {
    UUID: uuid4,
    str: lambda: secrets.token_urlsafe(24),
    bytes: lambda: secrets.token_bytes(24),
    int: lambda: secrets.randbelow(1 << 30) + (1 << 29),
    datetime: lambda: (
        datetime(1900, 1, 1, tzinfo=UTC) + timedelta(microseconds=secrets.randbelow(1 << 50))
    ),
}


@dataclass(frozen=True, slots=True)
class _Written:
    """The compiler's work on one query."""

    sql: str
    values: tuple[Any, ...]  # as they go with every execution, but for the places below
    places: tuple[tuple[int, str], ...]
    model: type[Model]
    names: list[str]
    start: int
    end: int
    related: list[Any]
    converters: list[tuple[int, Any, Any]]


class Prepared(Generic[Row]):
    """One SELECT: `build` makes the queryset from keyword arguments of the declared types.

        _BY_ID = Prepared(
            lambda tenant, id: Thing.objects.filter(tenant_id=tenant, pk=id).select_related("owner"),
            tenant=UUID, id=UUID,
        )
        _BY_ID.first(tenant=tenant.id, id=thing_id)

    The shape of the SQL must not depend on the values: None, lists and patterns are for querysets.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], **types: type) -> None:
        self._build = build
        self._types = types
        self._written: _Written | None = None

    def first(self, **given: Any) -> Row | None:
        """The first row in the queryset's own order (no `ORDER BY` is added), or None."""
        written = self._known()
        with connection.cursor() as cursor:
            cursor.execute(written.sql, self._values(written, given))
            row = cursor.fetchone()
        return None if row is None else self._instance(written, row)

    def all(self, **given: Any) -> list[Row]:
        """All rows."""
        written = self._known()
        with connection.cursor() as cursor:
            cursor.execute(written.sql, self._values(written, given))
            rows = cursor.fetchall()
        return [self._instance(written, row) for row in rows]

    def imitate(self) -> None:
        """Build an instance of nothing, as `first` builds one of a row: where a row that is not
        there must cost what one costs that is (EN02). For queries of one model."""
        written = self._known()
        self._instance(written, [None] * written.end)

    def _known(self) -> _Written:
        if self._written is None:
            # Two threads that are first both write the same.
            self._written = self._write()
        return self._written

    def _values(self, written: _Written, given: dict[str, Any]) -> list[Any]:
        if given.keys() != self._types.keys() or None in given.values():
            raise TypeError(f"this query takes {sorted(self._types)}, none of them None")
        values = list(written.values)
        for place, name in written.places:
            values[place] = given[name]
        return values

    def _instance(self, written: _Written, row: Sequence[Any]) -> Row:
        if written.converters:
            row = list(row)
            for place, convert, expression in written.converters:
                row[place] = convert(row[place], expression, connection)
        instance: Any = written.model.from_db(
            DEFAULT_DB_ALIAS, written.names, row[written.start : written.end]
        )
        for populator in written.related:
            populator.populate(row, instance)
        return instance  # type: ignore[no-any-return]

    def _write(self) -> _Written:
        marks = {name: _MARKS[kind]() for name, kind in self._types.items()}
        compiler: Any = self._build(**marks).query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        # Django wraps bytes; psycopg takes them bare as well.
        values = [p.obj if isinstance(p, psycopg.Binary) else p for p in parameters]
        if compiler.annotation_col_map:
            raise TypeError("annotations are for querysets")
        places = tuple(
            (place, name)
            for place, value in enumerate(values)
            for name, mark in marks.items()
            if type(value) is type(mark) and value == mark
        )
        if missing := marks.keys() - {name for _, name in places}:
            raise TypeError(f"the query holds no {sorted(missing)} as it was given")
        # From here on as django.db.models.query.ModelIterable does it for every execution.
        info = compiler.klass_info
        start, end = info["select_fields"][0], info["select_fields"][-1] + 1
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return _Written(
            sql=sql,
            values=tuple(values),
            places=places,
            model=info["model"],
            names=[column[0].target.attname for column in compiler.select[start:end]],
            start=start,
            end=end,
            related=_populators(info, compiler.select, DEFAULT_DB_ALIAS),
            converters=[
                (place, convert, expression)
                for place, (converts, expression) in converters.items()
                for convert in converts
            ],
        )


def insert(row: Row) -> Row:
    """Insert a new row as `save(force_insert=True)` does, at half its cost; returns it.

    What the database fills in is read back. No signals of Django's are sent (nobody listens to
    them here), and no parent's row is made.
    """
    fields = type(row)._meta.local_concrete_fields
    values: list[Any] = []
    left_out: list[str] = []
    for field in fields:
        value = field.pre_save(row, True)  # noqa: FBT003  Django's own signature
        if isinstance(value, DatabaseDefault):
            left_out.append(field.attname)
        else:
            values.append(field.get_db_prep_save(value, connection))
    with connection.cursor() as cursor:
        cursor.execute(_insertion(type(row), tuple(left_out)), values)
        if left_out:
            for name, value in zip(left_out, cursor.fetchone(), strict=True):
                setattr(row, name, value)
    state = row._state  # noqa: SLF001  what tells Django that the row is stored
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    return row


@cache
def _insertion(model: type[Model], left_out: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    columns = {
        field.attname: quote(str(field.column)) for field in model._meta.local_concrete_fields
    }
    given = [column for name, column in columns.items() if name not in left_out]
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(given)})"  # noqa: S608  model's names
        f" VALUES ({', '.join(['%s'] * len(given))})"
    )
    if left_out:
        sql += f" RETURNING {', '.join(columns[name] for name in left_out)}"
    return sql
