from typing import Any

from django.core.management.commands import flush

from identity.tenancy.postgres.owner import as_owner


class Command(flush.Command):
    """Django's command, run as the owner of the tables."""

    def handle(self, **options: Any) -> None:
        with as_owner(options["database"]):
            super().handle(**options)
