"""`manage.py rotate_encryption_keys`: what is due, or have one tenant's key replaced."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.kernel.actors import COMMAND_LINE
from tenants.keys import encryption_rotation
from tenants.registry.models import Tenant


class Command(BaseCommand):
    """Without arguments: every step whose time has come, in all tenants."""

    help = (
        "Without arguments, follow each key of the image login that is due and destroy each that "
        "opens no more. With --tenant, have that tenant's key replaced."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which tenant and how fast."""
        parser.add_argument("--tenant", metavar="TENANT_ID", help="replace this tenant's key")
        parser.add_argument(
            "--compromised",
            action="store_true",
            help="at once, and nothing that was sealed to the old key is opened any more",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line."""
        if options["tenant"] is None:
            if options["compromised"]:
                raise CommandError("--compromised needs --tenant")
            self.stdout.write(f"{encryption_rotation.run_due()} tenants' keys moved on")
            return
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"there is no tenant {options['tenant']}")
        key = encryption_rotation.rotate(
            tenant=tenant, actor=COMMAND_LINE, is_compromised=options["compromised"]
        )
        self.stdout.write(f"{key.kid} is named from {key.activates_at.isoformat()}")
