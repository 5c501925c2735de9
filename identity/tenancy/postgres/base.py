"""The wrapper Django opens for the alias: the runtime login, with the owner's hanging on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel, register_tzloader
from psycopg.pq import Format

from identity.tenancy.postgres.creation import DatabaseCreation
from identity.tenancy.postgres.cursors import (
    BoundCursor,
    NamedBoundCursor,
    NamedTextCursor,
    TextCursor,
)
from identity.tenancy.postgres.probing import probe
from identity.tenancy.postgres.sessions import Session

# set_config is revoked, so the time zone must come with the connection.
_RUNTIME_OPTIONS: dict[str, Any] = {
    "options": "-c TimeZone=UTC",
    "server_side_binding": True,
    "prepare_threshold": 5,
}
# The policy `maintenance` lets the owner see rows, and a foreign key being added sees them too:
# without it Postgres checks the key against no rows at all and calls it valid.
_OWNER_OPTIONS: dict[str, Any] = {
    "options": "-c TimeZone=UTC -c row_security=on -c signet.maintenance=on",
    "server_side_binding": False,
    "prepare_threshold": None,
}


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    _owner: "DatabaseWrapper | None" = None

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self.is_owner = bool(settings_dict.get("IS_OWNER"))
        options = settings_dict.setdefault("OPTIONS", {})
        ours = _OWNER_OPTIONS if self.is_owner else _RUNTIME_OPTIONS
        given = options.get("options", "")
        if ours["options"] not in given:
            # Ours come last, and with libpq the last one wins.
            options["options"] = f"{given} {ours['options']}".strip()
        for name, value in ours.items():
            options.setdefault(name, value)
        for refused in ("assume_role", "isolation_level"):
            if refused in options:
                raise ImproperlyConfigured(f"identity.tenancy.postgres does not take {refused}")
        if options.get("pool"):
            pool = {} if options["pool"] is True else options["pool"]
            options["pool"] = {**pool, "connection_class": Session}
        super().__init__(settings_dict, alias)

    def owner(self) -> "DatabaseWrapper":
        """The wrapper of the tables' owner, for the database this one means now."""
        if self.is_owner:
            return self
        if self._owner and self._owner.settings_dict["NAME"] != self.settings_dict["NAME"]:
            self.close_owner()
        if self._owner is None:
            self._owner = type(self)(self._owner_settings(), self.alias)
        return self._owner

    def close_owner(self) -> None:
        """Afterwards the owner's session is gone and no longer in the way of DROP DATABASE."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def close(self) -> None:
        super().close()
        self.close_owner()

    def is_usable(self) -> bool:
        """Whether the server still holds the session (CONN_HEALTH_CHECKS asks once per request).

        A server that ended has closed the socket, which reads as "something to read" and costs no
        statement to see. Only then, or for a notice left unread, the server is asked.
        """
        socket = poll()
        try:
            socket.register(self.connection.pgconn.socket, POLLIN)
        except psycopg.OperationalError:
            return False
        return not socket.poll(0) or bool(super().is_usable())

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["cursor_factory"] = BoundCursor if self._is_server_bound else TextCursor
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.pool:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Session.connect(**conn_params)

    def _configure_connection(self, connection: Session) -> bool:
        # Runs once per new session, also for each one a pool opens.
        connection.is_owner = self.is_owner
        connection.server_cursor_factory = NamedBoundCursor
        if not self.is_owner:
            probe(connection, has_session_pooler=self.settings_dict.get("POOLER") == "session")
        # The stubs do not know this hook of Django's.
        return bool(super()._configure_connection(connection))  # type: ignore[misc]

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None or self._is_server_bound:
            return super().create_cursor(name)
        open_named: Any = NamedTextCursor  # The stubs give it the arguments of a plain cursor.
        cursor = open_named(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )
        loader = self.connection.adapters.get_loader(base.TIMESTAMPTZ_OID, Format.TEXT)
        if loader.timezone != self.timezone:
            register_tzloader(self.timezone, cursor)
        return cursor

    @contextmanager
    def _nodb_cursor(self) -> Iterator[Any]:
        if self.is_owner:
            with super()._nodb_cursor() as cursor:
                yield cursor
            return
        owner = self.owner()
        owner.close()
        with owner._nodb_cursor() as cursor:  # noqa: SLF001 - of this very class
            yield cursor

    @property
    def _is_server_bound(self) -> bool:
        return self.settings_dict["OPTIONS"].get("server_side_binding") is True

    def _owner_settings(self) -> dict[str, Any]:
        owner = self.settings_dict.get("OWNER")
        if not owner:
            raise ImproperlyConfigured(
                "the owner of the tables is not configured: set DATABASE_ADMIN_URL"
            )
        named = {key: owner.get(key, "") for key in ("USER", "PASSWORD", "HOST", "PORT")}
        return {
            **self.settings_dict,
            **named,
            "OPTIONS": dict(owner.get("OPTIONS", {})),
            "CONN_MAX_AGE": 0,
            "IS_OWNER": True,
        }
