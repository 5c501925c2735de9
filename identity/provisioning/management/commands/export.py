"""manage.py export TENANT: a tenant in the format that `provision` reads, without secrets."""

from argparse import ArgumentParser
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from identity.provisioning import exporting
from identity.tenancy.scope import platform_scope
from tenants.registry.models import Tenant


class Command(BaseCommand):
    """Writes YAML to standard output."""

    help = "Write a tenant in the format that `provision` reads, without secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One tenant at a time."""
        parser.add_argument("tenant", help="the tenant's id, as in its addresses")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the document."""
        with platform_scope():
            tenant = Tenant.objects.filter(slug=options["tenant"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {options['tenant']!r}")
            document = exporting.document_of(tenant)
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
        self.stdout.write(text.rstrip("\n"))
