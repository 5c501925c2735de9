"""Only identity.tenancy touches what a database session remembers between statements.

Its sessions remember which tenant they serve. A SET that reaches the server on another way, or a
cursor that does not settle first, would make what they remember a lie.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("identity", "tenants", "authn", "oidc", "scim")
CUSTODIAN = ROOT / "identity" / "tenancy"

# Upper case is SQL; in lower case only what cannot begin an English sentence.
STATEMENT = re.compile(
    r"(?:^|;)\s*(?:(?:SET|RESET|DISCARD)\s+(?!NULL\b)"
    r"|set\s+(?:role|local|session|signet\.)|reset\s+(?:role|all|signet\.)|discard\s+all)"
)
FUNCTION = re.compile(r"\bset_config\b", re.IGNORECASE)
ATTRIBUTES = {"pgconn", "_pgconn"}
CURSORS = {"Cursor", "ClientCursor", "RawCursor", "ServerCursor", "RawServerCursor"}


def trespasses(source: str) -> Iterator[str]:
    """What in this module touches session state, by line."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            if isinstance(text, str) and (STATEMENT.search(text) or FUNCTION.search(text)):
                yield f"line {node.lineno}: {text.strip()[:40]!r}"
        elif isinstance(node, ast.Attribute):
            is_cursor = isinstance(node.value, ast.Name) and node.value.id == "psycopg"
            if node.attr in ATTRIBUTES or (is_cursor and node.attr in CURSORS):
                yield f"line {node.lineno}: .{node.attr}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("psycopg"):
            for name in CURSORS & {alias.name for alias in node.names}:
                yield f"line {node.lineno}: import of {name}"


def modules() -> list[Path]:
    found = (path for house in HOUSES for path in (ROOT / house).rglob("*.py"))
    return sorted(path for path in found if not path.is_relative_to(CUSTODIAN))


def test_nobody_else_touches_session_state() -> None:
    """tenancy §3: ban raw SET, RESET, pgconn outside identity.tenancy by lint."""
    found = [
        f"{path.relative_to(ROOT)} {trespass}"
        for path in modules()
        for trespass in trespasses(path.read_text())
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "cursor.execute('SET ROLE signet_platform')",
        "cursor.execute('SELECT 1; RESET ALL')",
        "cursor.execute('set local signet.tenant = 1')",
        "cursor.execute(f'SET signet.tenant = {tenant}')",
        "cursor.execute('SELECT set_config(%s, %s, true)')",
        "RunSQL('DISCARD ALL')",
        "cursor.execute(b'RESET ROLE')",
        "connection.connection.pgconn.exec_(b'')",
        "psycopg.Cursor(session)",
        "from psycopg import ClientCursor",
    ],
)
def test_the_ban_sees(source: str) -> None:
    """The test above can fail."""
    assert list(trespasses(source))


@pytest.mark.parametrize(
    "source",
    [
        "'''SET is explained here.'''",
        "title = 'Set a new password'",
        "cursor.execute('UPDATE t SET a = 1')",
        "cursor.execute('ALTER TABLE t ALTER a SET NOT NULL')",
        "SameTenant('Letter', 'parcel', on_delete='SET NULL')",
        "psycopg.connect(dsn)",
    ],
)
def test_the_ban_lets_pass(source: str) -> None:
    """Prose and ordinary statements are no business of it."""
    assert not list(trespasses(source))
