"""The database roles that Signet's row-level security stands on, and how a superuser makes them.

A DBA runs `sql/cluster.sql` once per cluster and `sql/database.sql` in each database by hand; the
embedded server's first start does the same through `bootstrap`.
"""

from importlib.resources import files
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

OWNER = "signet_owner"
APP = "signet_app"
PLATFORM = "signet_platform"
WEB = "signet_web"


def bootstrap(
    superuser: psycopg.Connection[Any],
    *,
    owner_password: str | None,
    web_password: str | None,
    database: str,
) -> None:
    """Afterwards the four roles and the database exist as `identity.tenancy` needs them.

    `superuser` is an autocommit connection to any database of the cluster (Postgres 15 or newer),
    with the rights of a superuser. A password of None leaves that login as it is (peer or
    certificate authentication). Running it again changes nothing but the passwords.
    """
    if not superuser.autocommit:
        raise ValueError("CREATE DATABASE needs an autocommit connection")
    superuser.execute(_text("cluster.sql"))
    for role, password in ((OWNER, owner_password), (WEB, web_password)):
        if password is not None:
            _set_password(superuser, role=role, password=password)
    # New databases, test databases too, are copies of template1.
    _prepare(superuser, database="template1")
    found = superuser.execute("SELECT FROM pg_database WHERE datname = %s", [database])
    if found.fetchone() is None:
        superuser.execute(
            SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8'").format(
                Identifier(database), Identifier(OWNER)
            )
        )
    _prepare(superuser, database=database)
    # A temporary table would shadow a real one.
    superuser.execute(SQL("REVOKE TEMP ON DATABASE {} FROM PUBLIC").format(Identifier(database)))


def _prepare(superuser: psycopg.Connection[Any], *, database: str) -> None:
    with psycopg.connect(
        superuser.info.dsn,
        password=superuser.info.password or None,
        dbname=database,
        autocommit=True,
    ) as inside:
        inside.execute(_text("database.sql"))


def _set_password(superuser: psycopg.Connection[Any], *, role: str, password: str) -> None:
    # The server is sent the verifier, so that no log of statements holds the password.
    verifier = superuser.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    superuser.execute(
        SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), Literal(verifier.decode()))
    )


def _text(name: str) -> bytes:
    return files("identity.tenancy").joinpath("sql", name).read_bytes()
