"""A psycopg connection that remembers which scope its Postgres session serves."""

from functools import lru_cache
from typing import Any, NoReturn

import psycopg
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus

from identity.tenancy.roles import APP, PLATFORM
from identity.tenancy.scope import Scope, ScopeError, current

_IDLE = TransactionStatus.IDLE


class Session(psycopg.Connection[Any]):
    """What is held lives here and not on Django's wrapper, so that a session which comes back
    from a pool still costs nothing for the same tenant."""

    held: Scope | None = None
    is_tied: bool = False
    """The scope was set inside a transaction, whose rollback would silently undo it."""
    is_owner: bool = False

    def transaction(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused: its BEGIN and ROLLBACK reach the server without a cursor, so nothing would
        notice that they undid a scope."""
        raise ScopeError("use django.db.transaction.atomic")


@lru_cache(maxsize=20_000)
def statement(scope: Scope) -> bytes:
    """The text that makes a session serve this scope. Nothing in it is quoted by us: the names
    are constants and the tenant is a UUID."""
    role = PLATFORM if scope.is_platform else APP
    return f"SET ROLE {role}; SET signet.tenant = '{scope.tenant or ''}'".encode()


def settle(session: Session) -> None:
    """Afterwards the session serves the current scope. 0.2 µs when it already did.

    Raises `ScopeError` when it cannot be changed now (a pipeline or an unfinished result is
    open), and `psycopg.Error` when the login may not take the role.
    """
    wanted = current()
    if session.is_owner:
        if wanted.tenant is not None:
            raise ScopeError("the owner's connection serves no tenant")
        return
    is_held = session.held is wanted or session.held == wanted
    if is_held and not session.is_tied:
        return
    status = session.pgconn.transaction_status
    if is_held and status != _IDLE:
        return  # What a transaction set is trusted within that transaction only.
    if status == TransactionStatus.INERROR:
        return  # Only ROLLBACK is possible, and that forgets.
    if session.pgconn.pipeline_status != PipelineStatus.OFF:
        raise ScopeError("enter the scope before the pipeline")
    if status == TransactionStatus.ACTIVE:
        raise ScopeError("another scope's result is still being read from this connection")
    forget(session)
    result = session.pgconn.exec_(statement(wanted))
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
    session.held = wanted
    # Set while idle, that is before psycopg's lazy BEGIN, it is beyond any rollback.
    session.is_tied = status != _IDLE


def forget(session: Session) -> None:
    """Afterwards the next statement settles the session anew."""
    session.held = None
    session.is_tied = False
