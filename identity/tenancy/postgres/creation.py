"""Test databases are made, filled and dropped by the owner; tests run as the runtime login."""

from typing import Any

from django.db.backends.postgresql import creation

from identity.tenancy import caching
from identity.tenancy.postgres.owner import as_owner


class DatabaseCreation(creation.DatabaseCreation):
    # The stubs do not know these hooks of Django's, hence the ignores.

    def _execute_create_test_db(
        self,
        cursor: Any,
        parameters: dict[str, str],
        keepdb: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> None:
        super()._execute_create_test_db(cursor, parameters, keepdb)  # type: ignore[misc]
        # Rights on a database are not copied from its template. A temporary table would shadow
        # a real one.
        cursor.execute(f"REVOKE TEMP ON DATABASE {parameters['dbname']} FROM PUBLIC")

    def _clone_test_db(
        self,
        suffix: str,
        verbosity: int,
        keepdb: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> None:
        caching.stop_listening()
        super()._clone_test_db(suffix, verbosity, keepdb)  # type: ignore[misc]

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        caching.stop_listening()
        super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc]

    def serialize_db_to_string(self) -> str:
        with as_owner(self.connection.alias):
            return super().serialize_db_to_string()

    def deserialize_db_from_string(self, data: str) -> None:
        with as_owner(self.connection.alias):
            super().deserialize_db_from_string(data)
