"""What a session refuses, and what it saves."""

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, connections, transaction

from identity.tenancy.postgres.owner import as_owner
from identity.tenancy.postgres.sessions import settle
from identity.tenancy.scope import ScopeError, platform_scope, tenant_scope
from tests.identity.tenancy.conftest import PARCELS, ROWS
from tests.identity.tenancy.journeys import COUNT, ROWS_OF, look

pytestmark = pytest.mark.usefixtures("wall")

ONE, OTHER, *_ = ROWS


def scalar(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_nowhere_there_are_no_rows() -> None:
    """architecture: no tenant set = no rows."""
    assert scalar(COUNT) == 0


def test_a_thread_does_not_inherit_a_scope() -> None:
    """tenancy: threads start nowhere (0 rows)."""
    seen = []

    def count() -> None:
        seen.append(scalar(COUNT))
        connection.close()

    with tenant_scope(ONE):
        thread = threading.Thread(target=count)
        thread.start()
        thread.join()

    assert seen == [0]


def test_a_row_of_another_tenant_cannot_be_written() -> None:
    """tenancy §6: wrong ids are stopped."""
    insert = f"INSERT INTO {PARCELS} VALUES (gen_random_uuid(), '{OTHER}')"
    with tenant_scope(ONE), pytest.raises(ProgrammingError, match="row-level security"):
        scalar(insert)


@pytest.mark.parametrize(
    "walking_out",
    [
        "SELECT set_config('role', 'signet_platform', false)",
        "SELECT 1; SET ROLE signet_platform",
        "SELECT query_to_xml($$SELECT set_config('role', 'signet_platform', false)$$, true, true, '')",
        "CREATE TEMP TABLE shadow (id int)",
        f"TRUNCATE {PARCELS}",
    ],
)
def test_injected_sql_does_not_walk_out_of_the_tenant(walking_out: str) -> None:
    """tenancy §6: with set_config revoked and server binding these are refused."""
    with tenant_scope(ONE), connection.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute(walking_out + " -- %s", ["bound"])


def test_rows_of_a_server_side_cursor_are_refused_to_another_scope() -> None:
    """tenancy §3: named cursors refuse a fetch under another scope."""
    with transaction.atomic(), closing(connection.chunked_cursor()) as cursor:
        with tenant_scope(ONE):
            cursor.execute(ROWS_OF)
        with tenant_scope(OTHER), pytest.raises(ScopeError):
            cursor.fetchone()


def test_a_stream_is_refused_to_another_scope() -> None:
    """tenancy §3: a scope is never held across a yield."""
    with connection.cursor() as cursor:
        with tenant_scope(ONE):
            rows = cursor.stream(ROWS_OF)
            next(rows)
        with tenant_scope(OTHER), pytest.raises(ScopeError):
            next(rows)


def test_psycopgs_own_transactions_are_refused() -> None:
    """Their ROLLBACK passes no cursor: nothing would notice that it undid a scope."""
    connection.ensure_connection()
    with pytest.raises(ScopeError):
        connection.connection.transaction()


def test_the_owners_connection_serves_no_tenant() -> None:
    """tenancy §3: on the owner's connection it only refuses tenant scopes."""
    with as_owner("default"), tenant_scope(ONE), pytest.raises(ScopeError):
        scalar(COUNT)


def test_an_unchanged_scope_costs_no_statement(tmp_path: Path) -> None:
    """tenancy §5: settle: 0.2 µs unchanged: nothing goes to the server."""
    look(ONE)
    session = connection.connection
    with (tmp_path / "sent").open("w+b") as sent:
        session.pgconn.trace(sent.fileno())
        with tenant_scope(ONE):
            settle(session)
        unchanged = sent.tell()
        with tenant_scope(OTHER):
            settle(session)
        session.pgconn.untrace()
        sent.seek(0)

        assert (unchanged, b"signet.tenant" in sent.read()) == (0, True)


def test_the_platform_is_a_role_of_its_own() -> None:
    """tenancy §1: platform scope is SET ROLE signet_platform on the same connection."""
    with platform_scope():
        assert scalar("SELECT current_user") == "signet_platform"
        assert scalar(COUNT) == sum(ROWS.values())
    assert scalar("SELECT current_user") == "signet_app"


def test_the_owner_as_runtime_login_is_refused() -> None:
    """tenancy §2: one probe per new session refuses membership in the owner."""
    settings = connections.settings["default"]
    wrapper = type(connections["default"])({**settings, **settings["OWNER"]}, "default")
    with pytest.raises(ImproperlyConfigured, match="signet_owner"):
        wrapper.ensure_connection()
    wrapper.close()


def test_the_tenant_survives_what_a_transaction_rolled_back() -> None:
    """tenancy §3: what a transaction set is trusted within it only."""
    with transaction.atomic():
        look(ONE)
        look(OTHER)
        transaction.set_rollback(True)

    look(OTHER)
