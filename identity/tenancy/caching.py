"""Per-process caches of what a tenant's rows say, stale for at most a second.

A hit is a look-up in a dict: no lock, no statement. Whoever changes a row calls `invalidate` in
the same transaction; Postgres tells every process when, and only if, that transaction commits.
While a process cannot hear Postgres, its entries live for one second.
"""

import os
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from identity.tenancy.listening import CHANNEL, Listener

Value = TypeVar("Value")

# The promise of the architecture: stale for at most this long, in whatever state the network is.
DEAF_TTL_SECONDS = 1.0

_caches: "dict[str, TenantCache[Any]]" = {}
_listener: Listener | None = None
_listener_lock = threading.Lock()


class TenantCache(Generic[Value]):
    """One cache of the process, known by `name` in all processes.

    A key is a tuple that begins with the id of the tenant it belongs to, or with None where the
    tenant is what is being looked up (a host, a slug): such entries go whenever any tenant's do.
    A loader's None is not kept: names that do not exist would push out those that do.
    """

    def __init__(self, name: str, ttl_seconds: float = 30, max_entries: int = 10_000) -> None:
        if name in _caches or ":" in name:
            raise ValueError(f"the name {name!r} is taken or holds a colon")
        self.name = name
        self.ttl_seconds = ttl_seconds
        self.max_entries = max_entries
        self._entries: dict[tuple[Any, ...], tuple[float, Value]] = {}
        self._generation = 0
        self._lock = threading.Lock()
        _caches[name] = self

    def get(self, key: tuple[Any, ...], loader: Callable[[], Value | None]) -> Value | None:
        """The value under `key`, from `loader` when there is none. Treat it as read-only."""
        entry = self._entries.get(key)
        if entry is not None and entry[0] > monotonic():
            return entry[1]
        return self._load(key, loader)

    def invalidate(self, tenant_id: UUID | None) -> None:
        """Drop this tenant's entries (None: all) here now, and everywhere when the surrounding
        transaction commits. Costs one statement."""
        self.drop(tenant_id)
        payload = f"{self.name}:{tenant_id or ''}"
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            # Inside the transaction: Postgres delivers it with the commit, and a crash between
            # the two cannot lose it.
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
        transaction.on_commit(_Dropping(self, tenant_id))

    def drop(self, tenant_id: UUID | None) -> None:
        """Drop this tenant's entries (None: all) in this process only."""
        with self._lock:
            self._generation += 1
            if tenant_id is None:
                self._entries.clear()
                return
            for key in [key for key in self._entries if key[0] in (tenant_id, None)]:
                del self._entries[key]

    def _load(self, key: tuple[Any, ...], loader: Callable[[], Value | None]) -> Value | None:
        is_heard = _is_heard()
        generation = self._generation
        value = loader()
        if value is None or self._is_changed_by_us():
            return value
        ttl_seconds = self.ttl_seconds if is_heard else min(self.ttl_seconds, DEAF_TTL_SECONDS)
        with self._lock:
            # A load that began before an invalidation may have read what is no longer true.
            if generation == self._generation:
                self._entries.pop(key, None)
                while len(self._entries) >= self.max_entries:
                    del self._entries[next(iter(self._entries))]
                self._entries[key] = (monotonic() + ttl_seconds, value)
        return value

    def _is_changed_by_us(self) -> bool:
        # What our open transaction changed may yet be rolled back: not to be shared.
        waiting = connections[DEFAULT_DB_ALIAS].run_on_commit
        return any(isinstance(hook, _Dropping) and hook.cache is self for _, hook, *_ in waiting)


class _Dropping:
    """A process drops its own entries again at the commit, without waiting to hear of it: in
    between, another thread may have loaded what was still true then."""

    def __init__(self, cache: TenantCache[Any], tenant_id: UUID | None) -> None:
        self.cache = cache
        self.tenant_id = tenant_id

    def __call__(self) -> None:
        self.cache.drop(self.tenant_id)


def clear_all() -> None:
    """Empty every cache of this process."""
    for cache in list(_caches.values()):
        cache.drop(None)


def stop_listening() -> None:
    """Close the listener's connection, if there is one; the next load opens a new one."""
    global _listener
    with _listener_lock:
        if _listener is not None:
            _listener.stop()
            _listener = None


def _is_heard() -> bool:
    """Whether invalidations reach this process now; starts the listener on the first call."""
    global _listener
    if _listener is None:
        with _listener_lock:
            if _listener is None:
                wrapper = connections[DEFAULT_DB_ALIAS]
                if getattr(wrapper, "is_owner", False):
                    return False  # A migration: the owner's login listens to nothing.
                _listener = Listener(
                    wrapper.get_connection_params(), heard=_heard, interrupted=clear_all
                )
    return _listener.is_connected


def _heard(payload: str) -> None:
    name, _, tenant = payload.partition(":")
    cache = _caches.get(name)
    if cache is None:
        return
    try:
        cache.drop(UUID(tenant) if tenant else None)
    except ValueError:
        cache.drop(None)  # Any login may NOTIFY anything: at worst a cache is emptied.


def _after_fork() -> None:
    # Threads do not survive a fork, and a lock may have been held by one of them.
    global _listener, _listener_lock
    _listener = None
    _listener_lock = threading.Lock()
    for cache in _caches.values():
        cache._lock = threading.Lock()
        cache._entries = {}


os.register_at_fork(after_in_child=_after_fork)
