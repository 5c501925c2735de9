from typing import Any

from django.core.management.commands import migrate

from identity.tenancy.postgres.owner import as_owner


class Command(migrate.Command):
    """Django's command, run as the owner of the tables."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        with as_owner(options["database"]):
            return super().handle(*args, **options)
