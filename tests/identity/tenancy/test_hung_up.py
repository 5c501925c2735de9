"""A session that the server ended is noticed before a request uses it."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def watcher() -> Iterator[psycopg.Connection[tuple[str]]]:
    """A second session of the same login, outside Django."""
    parameters = connection.get_connection_params()
    keys = ("dbname", "user", "password", "host", "port")
    plain = {key: parameters[key] for key in keys if key in parameters}
    with psycopg.connect(**plain, autocommit=True) as session:
        yield session


def test_a_live_session_is_found_usable_without_a_statement(
    watcher: psycopg.Connection[tuple[str]],
) -> None:
    """CONN_HEALTH_CHECKS asks once per request: no figure of the issue has a round trip to spare."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'the last statement'")
        pid = cursor.connection.info.backend_pid
    assert connection.is_usable()
    row = watcher.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert row == ("SELECT 'the last statement'",)


def test_a_session_ended_by_the_server_is_not_usable(
    watcher: psycopg.Connection[tuple[str]],
) -> None:
    """After a restart of Postgres the first request of each thread is served all the same."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    watcher.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert not connection.is_usable()
    connection.close()
