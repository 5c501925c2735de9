"""The statements of the hot paths find their rows by index, behind the wall between tenants."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from identity.tenancy.scope import tenant_scope
from oidc.provider import codes, refresh_tokens
from tests.oidc.parties import Scene

# Enough that reading a whole table is never cheaper.
ROWS = 3_000
VALUES: dict[str, Any] = {
    "digest": b"x" * 32,
    "next_digest": b"y" * 32,
    "id": uuid4(),
    "client": uuid4(),
    "scopes": ["openid"],
    "ip": None,
    "country": None,
    "user_agent": "",
}


@pytest.fixture
def crowd(scene: Scene) -> Scene:
    """One grant, code and refresh token for each of many sign-ins that were."""
    scene.tokens()
    with tenant_scope(scene.tenant.id), connection.cursor() as cursor:
        for table, columns in (
            ("login_sessions_tokengrant", _columns("login_sessions_tokengrant")),
            ("provider_authorizationcode", _columns("provider_authorizationcode")),
            ("provider_refreshtoken", _columns("provider_refreshtoken")),
        ):
            chosen = ", ".join(
                {
                    "id": "gen_random_uuid()",
                    "digest": "decode(md5(n::text || random()), 'hex')",
                }.get(column, f"one.{column}")
                for column in columns
            )
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {chosen} FROM (SELECT * FROM {table} ORDER BY created_at DESC LIMIT 1) one, "
                f"generate_series(1, {ROWS}) n"
            )
    return scene


@pytest.mark.parametrize(
    "statement",
    [
        codes._CONSUME,
        refresh_tokens._ROTATE,
        refresh_tokens._EXAMINE,
        refresh_tokens._LIVE,
    ],
)
def test_no_statement_reads_a_table_of_tokens_as_a_whole(crowd: Scene, statement: str) -> None:
    """Architecture, look-ups: equality on plain key columns; read as the runtime role."""
    now = timezone.now()
    values = {**VALUES, "now": now, "expires_at": now, "idle_expires_at": now}
    named = {name: value for name, value in values.items() if f"%({name})s" in statement}
    with tenant_scope(crowd.tenant.id), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", named)
        plan = cursor.fetchone()[0]
    tree = json.loads(plan) if isinstance(plan, str) else plan
    scanned = {
        node["Relation Name"]
        for node in _nodes(tree[0]["Plan"])
        if node["Node Type"] in {"Seq Scan", "Bitmap Heap Scan"} and "Relation Name" in node
    }
    assert not scanned & {
        "login_sessions_tokengrant",
        "provider_authorizationcode",
        "provider_refreshtoken",
    }


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in described]


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(below for child in node.get("Plans", []) for below in _nodes(child))]
