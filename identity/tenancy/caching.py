"""Per-process caches of what a tenant's rows say, stale for at most a second.

A hit is a look-up in a dict: no lock, no statement. Whoever changes a row calls `invalidate` in
the same transaction; Postgres tells every process when, and only if, that transaction commits.
While a process cannot hear Postgres, its entries live for one second.
"""

import json
import os
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from identity.tenancy.listening import CHANNEL, Listener

Value = TypeVar("Value")
Key = tuple[Any, ...]

# The promise of the architecture: stale for at most this long, in whatever state the network is.
DEAF_TTL_SECONDS = 1.0

_caches: "dict[str, TenantCache[Any]]" = {}


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
        self._entries: dict[Key, tuple[float, Value]] = {}
        self._generation = 0
        self._lock = threading.Lock()
        _caches[name] = self

    def get(self, key: Key, loader: Callable[[], Value | None]) -> Value | None:
        """The value under `key`, from `loader` when there is none. Treat it as read-only.

        A command that has changed the row asks the row: until its commit others may put back here
        what is still true for them.
        """
        entry = self._entries.get(key)
        if entry is not None and entry[0] > monotonic():
            return entry[1]
        return self._load(key, loader)

    def peek(self, key: Key) -> Value | None:
        """The value under `key` if this process holds it now: never a statement."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > monotonic() else None

    def invalidate(self, tenant_id: UUID | None) -> None:
        """Drop this tenant's entries (None: all) here now, and everywhere when the surrounding
        transaction commits. Costs one statement."""
        self._announce(f"{tenant_id or ''}:", partial(self.drop, tenant_id))

    def invalidate_one(self, key: Key) -> None:
        """As `invalidate`, for this one entry. Its parts are UUIDs, texts, integers or None."""
        self._announce(f":{_written(key)}", partial(self.drop_one, key))

    def drop(self, tenant_id: UUID | None) -> None:
        """Drop this tenant's entries (None: all) in this process only."""
        with self._lock:
            self._generation += 1
            if tenant_id is None:
                self._entries.clear()
                return
            for key in [key for key in self._entries if key[0] in (tenant_id, None)]:
                del self._entries[key]

    def drop_one(self, key: Key) -> None:
        """Drop this entry in this process only."""
        with self._lock:
            self._generation += 1
            self._entries.pop(key, None)

    def after_fork(self) -> None:
        """Begin anew in a child process, whose parent's threads may have held the lock."""
        self._lock = threading.Lock()
        self._entries = {}

    def _announce(self, what: str, drop: Callable[[], None]) -> None:
        drop()
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            # Inside the transaction: Postgres delivers it with the commit, and a crash between
            # the two cannot lose it.
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{self.name}:{what}"])
        transaction.on_commit(_Dropping(self, drop))

    def _load(self, key: Key, loader: Callable[[], Value | None]) -> Value | None:
        is_heard = _ears.is_heard()
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

    def __init__(self, cache: TenantCache[Any], drop: Callable[[], None]) -> None:
        self.cache = cache
        self._drop = drop

    def __call__(self) -> None:
        self._drop()


def clear_all() -> None:
    """Empty every cache of this process."""
    for cache in list(_caches.values()):
        cache.drop(None)


def stop_listening() -> None:
    """Close the listener's connection, if there is one; the next load opens a new one."""
    _ears.stop()


class _Ears:
    """The listener of this process, started by the first load."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self._lock = threading.Lock()

    def is_heard(self) -> bool:
        """Whether invalidations reach this process now."""
        if self.listener is None:
            with self._lock:
                if self.listener is None:
                    wrapper = connections[DEFAULT_DB_ALIAS]
                    if getattr(wrapper, "is_owner", False):
                        return False  # A migration: the owner's login listens to nothing.
                    self.listener = Listener(
                        wrapper.get_connection_params(), heard=_heard, interrupted=clear_all
                    )
        return self.listener.is_connected

    def stop(self) -> None:
        with self._lock:
            if self.listener is not None:
                self.listener.stop()
                self.listener = None

    def after_fork(self) -> None:
        # Threads do not survive a fork, and a lock may have been held by one of them.
        self.listener = None
        self._lock = threading.Lock()
        for cache in _caches.values():
            cache.after_fork()


_ears = _Ears()


def _heard(payload: str) -> None:
    name, _, what = payload.partition(":")
    tenant, _, key = what.partition(":")
    cache = _caches.get(name)
    if cache is None:
        return
    try:
        if key:
            cache.drop_one(_read(key))
        else:
            cache.drop(UUID(tenant) if tenant else None)
    except (ValueError, TypeError, KeyError):
        cache.drop(None)  # Any login may NOTIFY anything: at worst a cache is emptied.


def _written(key: Key) -> str:
    parts = [{"uuid": part.hex} if isinstance(part, UUID) else part for part in key]
    return json.dumps(parts, separators=(",", ":"))


def _read(text: str) -> Key:
    return tuple(
        UUID(part["uuid"]) if isinstance(part, dict) else part for part in json.loads(text)
    )


os.register_at_fork(after_in_child=_ears.after_fork)
