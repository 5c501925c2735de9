"""Whose rows the running code may see: nobody's, one tenant's, or the platform's.

A scope only ever narrows. Code that holds one tenant cannot become another tenant or the
platform, however deep it is called; that makes a forgotten argument an error and not a leak.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class ScopeError(RuntimeError):
    """A scope was widened, or a session was used under another scope than the one it serves."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`tenant` set: that tenant. `is_platform`: all of them. Neither: nowhere, no rows at all."""

    tenant: UUID | None = None
    is_platform: bool = False


NOWHERE = Scope()
PLATFORM = Scope(is_platform=True)

_scope: ContextVar[Scope] = ContextVar("signet_scope", default=NOWHERE)


@lru_cache(maxsize=20_000)  # Twice the tenants a deployment is sized for; one object each.
def _scope_of(tenant: UUID) -> Scope:
    return Scope(tenant=tenant)


def current() -> Scope:
    """The scope of the running context. A new thread starts nowhere."""
    return _scope.get()


@contextmanager
def _entered(scope: Scope) -> Iterator[Scope]:
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[Scope]:
    """Inside the block only rows of this tenant exist.

    Raises `ScopeError` inside another tenant's scope, `TypeError` for anything but a `UUID`.
    """
    if not isinstance(tenant_id, UUID):
        raise TypeError(f"a tenant is a UUID, not {type(tenant_id).__name__}")
    held = _scope.get()
    if held.tenant is not None and held.tenant != tenant_id:
        raise ScopeError("a tenant's scope cannot become another tenant's")
    with _entered(_scope_of(tenant_id)) as scope:
        yield scope


@contextmanager
def platform_scope() -> Iterator[Scope]:
    """Inside the block rows of all tenants exist, if the database login was granted that role.

    Raises `ScopeError` inside a tenant's scope.
    """
    if _scope.get().tenant is not None:
        raise ScopeError("a tenant's scope cannot become the platform's")
    with _entered(PLATFORM) as scope:
        yield scope


class _Carried(Iterator[T]):
    def __init__(self, parts: Iterable[T], scope: Scope) -> None:
        self._scope = scope
        with _entered(scope):
            self._parts = iter(parts)

    def __next__(self) -> T:
        with _entered(self._scope):
            return next(self._parts)

    def close(self) -> None:
        """Close what is carried, if it can be closed; Django calls this when the client leaves."""
        close = getattr(self._parts, "close", None)
        if close is not None:
            with _entered(self._scope):
                close()


def carried(parts: Iterable[T]) -> Iterator[T]:
    """The same parts, each made under the scope of the moment of this call.

    A streamed body is read after the request's scope was left. The scope is held only while a
    part is being made, never across a yield, where it would stay set for the consumer.
    """
    return _Carried(parts, current())
