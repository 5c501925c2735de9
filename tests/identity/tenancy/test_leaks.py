"""No sequence of transactions, errors, cursors and pools lets one tenant see another's rows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from identity.tenancy.postgres.sessions import Session
from tests.identity.tenancy import journeys
from tests.sizes import Record, sized

pytestmark = pytest.mark.usefixtures("wall")


def crossings_of(*, threads: int, rounds: int) -> list[str]:
    with ThreadPoolExecutor(threads) as pool:
        travels = [
            pool.submit(journeys.travel, seed=seed, rounds=rounds) for seed in range(threads)
        ]
        return [crossing for each in travels for crossing in each.result()]


@contextmanager
def options(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> Iterator[None]:
    """New connections of any thread get these OPTIONS; a pool among them is closed afterwards."""
    settings = connections.settings["default"]
    with monkeypatch.context() as patch:
        patch.setitem(settings, "OPTIONS", {**settings["OPTIONS"], **changed})
        if "pool" in changed:
            patch.setitem(settings, "CONN_MAX_AGE", 0)
        yield
        wrapper: Any = connections.create_connection("default")
        wrapper.close_pool()


@pytest.mark.soak
def test_threads_see_only_their_tenants_rows(record_property: Record) -> None:
    """tenancy: 8 threads, nested scopes, savepoints, errors, raw rollbacks, copy, stream and
    server-side cursors interleaved with other tenants: 0 crossings."""
    threads, rounds = sized(4, 8), sized(200, 10_000)
    record_property("rounds", threads * rounds)

    assert crossings_of(threads=threads, rounds=rounds) == []


@pytest.mark.soak
@pytest.mark.parametrize("is_server_bound", [True, False])
def test_a_shared_pool_does_not_carry_a_tenant_to_the_next_user(
    monkeypatch: pytest.MonkeyPatch, record_property: Record, is_server_bound: bool
) -> None:
    """tenancy: pools of 3, either binding: 0 crossings."""
    pool = {"min_size": 3, "max_size": 3}
    rounds = sized(150, 5_000)
    record_property("rounds", 3 * rounds)
    with options(monkeypatch, pool=pool, server_side_binding=is_server_bound):
        assert crossings_of(threads=3, rounds=rounds) == []


@pytest.mark.soak
def test_a_thousand_alternating_requests_on_one_pooled_session_do_not_cross(
    monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    """tenancy: two tenants take turns on a pool of one session, with forced rollbacks and
    exceptions in between."""
    one, other, *_ = journeys.TENANTS
    requests = sized(1_000, 20_000)
    record_property("requests", requests)
    with options(monkeypatch, pool={"min_size": 1, "max_size": 1}):
        connections["default"] = connections.create_connection("default")
        sessions = set()
        for number in range(requests):
            journey = journeys.JOURNEYS[number % len(journeys.JOURNEYS)]
            journey(*((one, other) if number % 2 else (other, one)))
            connections["default"].ensure_connection()
            sessions.add(connections["default"].connection.info.backend_pid)
            connections["default"].close()

    assert len(sessions) == 1


def test_without_the_rollback_rules_tenants_do_cross(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The leak test can fail: a session that forgets that its scope was set inside a transaction
    serves the wrong tenant after that transaction's rollback."""
    never_tied = property(lambda _: False, lambda _, _value: None)
    monkeypatch.setattr(Session, "is_tied", never_tied)

    assert crossings_of(threads=2, rounds=100) != []
