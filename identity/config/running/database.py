"""Roles and database of the embedded Postgres, and borrowing the server for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from identity.config.running import cluster, postgres
from identity.config.running.places import Places, from_environment, made_once
from identity.tenancy import roles

DATABASE = "signet"


def password(places: Places, role: str) -> str:
    """The role's password, random per DATA_DIR."""
    return made_once(places.secrets, f"{role.replace('_', '-')}-password")


def bootstrap(places: Places) -> None:
    """Afterwards the running server of these places has Signet's roles and its database."""
    with psycopg.connect(
        host=str(places.socket_folder),
        user=cluster.SUPERUSER,
        dbname="postgres",
        autocommit=True,
    ) as superuser:
        roles.bootstrap(
            superuser,
            owner_password=password(places, roles.OWNER),
            web_password=password(places, roles.WEB),
            database=DATABASE,
        )


@contextmanager
def borrowed(places: Places | None = None, *, is_durable: bool = True) -> Iterator[None]:
    """Within, the database that the settings mean can be reached.

    Starts the embedded server of `places` (default: DATA_DIR) unless it runs already, and stops it
    when nobody uses it any more; does nothing when DATABASE_URL names another server.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    places = places or from_environment()
    with postgres.used(places, when_started=bootstrap, is_durable=is_durable):
        yield
