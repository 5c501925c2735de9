"""Cursors that settle their session before each verb.

The hook sits on psycopg's cursors because Django's `execute_wrapper` misses `copy`, `stream`,
`callproc` and cursors opened on the raw connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, cast

import psycopg
from django.db.backends.postgresql import base
from psycopg.sql import Composable

from identity.tenancy.postgres.sessions import Session, forget, settle
from identity.tenancy.scope import Scope, ScopeError, current


def may_undo(query: Any) -> bool:
    """Whether the text may roll something back. A false alarm only costs one settling."""
    text = query.as_string(None) if isinstance(query, Composable) else query
    folded = text.upper()
    if isinstance(folded, bytes):
        return b"ROLLBACK" in folded or b"ABORT" in folded
    return "ROLLBACK" in folded or "ABORT" in folded


class Settling(psycopg.Cursor[Any]):
    """Put before the psycopg cursor class whose verbs it guards."""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Self:
        session = self._settled()
        if session.is_tied and may_undo(query):
            # A rollback, also to a savepoint, takes back a scope that was set after it.
            try:
                return super().execute(query, *args, **kwargs)
            finally:
                forget(session)
        return super().execute(query, *args, **kwargs)

    def executemany(self, query: Any, *args: Any, **kwargs: Any) -> None:
        session = self._settled()
        try:
            super().executemany(query, *args, **kwargs)
        finally:
            if session.is_tied and may_undo(query):
                forget(session)

    @contextmanager
    def copy(self, *args: Any, **kwargs: Any) -> Iterator[psycopg.Copy]:
        self._settled()
        with super().copy(*args, **kwargs) as copy:
            yield copy

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self._settled()
        scope = current()
        for row in super().stream(*args, **kwargs):
            yield row
            require(scope)

    def _settled(self) -> Session:
        session = cast("Session", self._conn)
        settle(session)
        return session


class SettlingNamed(Settling):
    """A server-side cursor keeps the scope it was declared under and serves no other one."""

    scope: Scope | None = None

    def execute(self, *args: Any, **kwargs: Any) -> Self:
        self.scope = current()
        return super().execute(*args, **kwargs)

    def fetchone(self) -> Any:
        self._require()
        return super().fetchone()

    def fetchmany(self, size: int = 0) -> Any:
        self._require()
        return super().fetchmany(size)

    def fetchall(self) -> Any:
        self._require()
        return super().fetchall()

    def scroll(self, *args: Any, **kwargs: Any) -> None:
        self._require()
        super().scroll(*args, **kwargs)

    def __next__(self) -> Any:
        self._require()
        return super().__next__()

    def _require(self) -> None:
        require(self.scope)
        self._settled()


def require(scope: Scope | None) -> None:
    """Raise `ScopeError` unless this is the current scope (None: none was needed yet)."""
    if scope is not None and scope != current():
        raise ScopeError("rows of one scope were read under another")


class BoundCursor(Settling, base.ServerBindingCursor):
    """Parameters are bound by the server: one statement per call, no stacked SQL."""


class TextCursor(Settling, base.Cursor):
    """Parameters are bound by the client: the owner's migrations need it."""


class NamedBoundCursor(SettlingNamed, base.CursorMixin, psycopg.ServerCursor):
    pass


class NamedTextCursor(SettlingNamed, base.ServerSideCursor):
    pass
