"""Cached values are never served after a committed change was heard, nor kept when they raced."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from identity.tenancy import caching
from identity.tenancy.caching import TenantCache
from identity.tenancy.listening import CHANNEL

ONE, OTHER = UUID(int=1), UUID(int=2)
PATIENCE_SECONDS = 5.0


@pytest.fixture
def cache(wall: Any) -> Iterator[TenantCache[str]]:
    name = "test-cache"
    cache: TenantCache[str] = TenantCache(name, max_entries=3)
    connection.ensure_connection()
    yield cache
    caching.stop_listening()
    del caching._caches[name]


@pytest.fixture
def heard(cache: TenantCache[str]) -> TenantCache[str]:
    """The cache in a process whose listener is connected."""
    cache.get((ONE, "first"), lambda: "x")
    until(caching._ears.is_heard)
    return cache


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail when it does not for long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        pause.wait(0.01)


def fail() -> str:
    raise AssertionError("the value was loaded again")


def elsewhere(statement: str, params: list[Any] | None = None) -> None:
    """Run it in another session, as another process would."""
    settings = {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
    with psycopg.connect(**settings) as other:
        other.execute(statement, params)


def is_cached(cache: TenantCache[str], key: tuple[Any, ...]) -> bool:
    return key in cache._entries


def test_a_hit_asks_nobody(heard: TenantCache[str]) -> None:
    """performance: a hit is a look-up in a dict."""
    heard.get((ONE, "a"), lambda: "value")

    assert heard.get((ONE, "a"), fail) == "value"


def test_another_process_change_is_heard(heard: TenantCache[str]) -> None:
    """architecture: invalidated ≤ 1 s across processes. Only that tenant's entries go."""
    heard.get((ONE, "a"), lambda: "old")
    heard.get((OTHER, "a"), lambda: "kept")
    heard.get((None, "host"), lambda: "anyone's")
    began = time.monotonic()
    elsewhere("SELECT pg_notify(%s, %s)", [CHANNEL, f"{heard.name}:{ONE}"])
    until(lambda: not is_cached(heard, (ONE, "a")))

    assert time.monotonic() - began < 1
    assert not is_cached(heard, (None, "host"))
    assert heard.get((OTHER, "a"), fail) == "kept"


def test_other_processes_hear_of_a_commit_and_not_of_a_rollback(heard: TenantCache[str]) -> None:
    """The message is part of the transaction: it comes if, and only if, the change does."""
    with psycopg.connect(**caching._ears.listener._params) as ear:  # type: ignore[union-attr]
        ear.execute(f"LISTEN {CHANNEL}")
        with transaction.atomic():
            heard.invalidate(OTHER)
            transaction.set_rollback(True)
        with transaction.atomic():
            heard.invalidate(ONE)
        payloads = [notify.payload for notify in ear.notifies(timeout=5, stop_after=1)]

    assert payloads == [f"{heard.name}:{ONE}:"]


def test_a_load_that_lost_the_race_is_not_kept(heard: TenantCache[str]) -> None:
    """A load that began before the invalidation may have read what is no longer true."""

    def overtaken() -> str:
        heard.drop(ONE)
        return "stale"

    assert heard.get((ONE, "a"), overtaken) == "stale"
    assert heard.get((ONE, "a"), lambda: "fresh") == "fresh"


def test_what_an_open_transaction_changed_is_not_shared(heard: TenantCache[str]) -> None:
    """It may yet be rolled back."""
    with transaction.atomic():
        heard.invalidate(ONE)
        heard.get((ONE, "a"), lambda: "uncommitted")

        assert not is_cached(heard, (ONE, "a"))


def test_what_others_loaded_before_the_commit_goes_with_it(heard: TenantCache[str]) -> None:
    """Until the commit another thread loads, rightly, what was true before."""
    with transaction.atomic():
        heard.invalidate(ONE)
        thread = threading.Thread(target=lambda: heard.get((ONE, "a"), lambda: "old"))
        thread.start()
        thread.join()
        assert is_cached(heard, (ONE, "a"))

    assert not is_cached(heard, (ONE, "a"))


def test_a_lost_connection_empties_the_cache_and_comes_back(heard: TenantCache[str]) -> None:
    """While messages may be missed nothing old is believed."""
    heard.get((ONE, "a"), lambda: "old")
    elsewhere(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database() AND usename = current_user"
    )
    until(lambda: not is_cached(heard, (ONE, "a")))
    until(caching._ears.is_heard)
    heard.get((ONE, "a"), lambda: "new")
    elsewhere("SELECT pg_notify(%s, %s)", [CHANNEL, f"{heard.name}:"])

    until(lambda: not is_cached(heard, (ONE, "a")))


def test_a_deaf_process_keeps_entries_for_a_second(cache: TenantCache[str]) -> None:
    """While not connected entries live 1 s."""
    cache.get((ONE, "a"), lambda: "x")  # The first load starts the listener, not yet connected.
    deadline, _ = cache._entries.get((ONE, "a"), (0.0, ""))

    assert deadline <= time.monotonic() + caching.DEAF_TTL_SECONDS


def test_the_oldest_entry_makes_room(heard: TenantCache[str]) -> None:
    """Bounded size, oldest out."""
    for name in "abcd":
        heard.get((ONE, name), lambda: "x")

    assert [key[1] for key in heard._entries] == ["b", "c", "d"]


def test_a_name_that_does_not_exist_takes_no_room(heard: TenantCache[str]) -> None:
    """Else a stranger who tries names would push out those that exist."""
    assert heard.get((None, "nobody"), lambda: None) is None
    assert not is_cached(heard, (None, "nobody"))


def test_one_entry_is_invalidated_everywhere_and_its_neighbours_stay(
    heard: TenantCache[str],
) -> None:
    """A change of one person must not empty what is known of a tenant's other 200,000."""
    entry, neighbour = (ONE, "a:b", OTHER, 7), (ONE, "a:b", OTHER, 8)
    messages: list[str] = []
    with psycopg.connect(**caching._ears.listener._params) as ear:  # type: ignore[union-attr]
        ear.execute(f"LISTEN {CHANNEL}")
        heard.invalidate_one(entry)
        messages += [notify.payload for notify in ear.notifies(timeout=5, stop_after=1)]
    heard.get(entry, lambda: "old")
    heard.get(neighbour, lambda: "kept")
    elsewhere("SELECT pg_notify(%s, %s)", [CHANNEL, *messages])
    until(lambda: not is_cached(heard, entry))

    assert heard.get(neighbour, fail) == "kept"


@pytest.mark.parametrize("payload", ["no uuid", ":{}", ":[{}]", ":not json", ":[[]]"])
def test_a_message_nobody_of_us_sent_does_no_harm(heard: TenantCache[str], payload: str) -> None:
    """Any login may NOTIFY anything: at worst a cache is emptied."""
    elsewhere("SELECT pg_notify(%s, %s)", [CHANNEL, f"{heard.name}:{payload}"])
    heard.get((ONE, "a"), lambda: "x")
    elsewhere("SELECT pg_notify(%s, %s)", [CHANNEL, f"{heard.name}:{ONE}"])
    until(lambda: not is_cached(heard, (ONE, "a")))

    assert caching._ears.is_heard()
