"""`manage.py rotate_keys`: take what is due, or have one tenant's keys replaced."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.kernel.actors import COMMAND_LINE
from identity.tenancy.scope import tenant_scope
from tenants.keys import rotation
from tenants.keys.models import KeyAlgorithm, KeyState, SigningKey
from tenants.registry.models import Tenant


class Command(BaseCommand):
    """Without arguments: every step whose time has come, in all tenants."""

    help = (
        "Without arguments, take every step of key rotation whose time has come. With --tenant, "
        "have that tenant's keys replaced: the new key signs after a day, or at once with --now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which tenant and how fast."""
        parser.add_argument("--tenant", metavar="TENANT_ID", help="replace this tenant's keys")
        parser.add_argument(
            "--algorithm", choices=KeyAlgorithm.values, help="only this one (default: all it has)"
        )
        parser.add_argument("--now", action="store_true", help="the new key signs at once")
        parser.add_argument(
            "--compromised",
            action="store_true",
            help="at once, and nothing that the old key signed is accepted any more",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line for each key that took over."""
        if options["tenant"] is None:
            if options["now"] or options["compromised"] or options["algorithm"]:
                raise CommandError("--algorithm, --now and --compromised need --tenant")
            self.stdout.write(f"{rotation.run_due()} key rings moved on")
            return
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"there is no tenant {options['tenant']}")
        with tenant_scope(tenant.id):
            active = SigningKey.objects.filter(tenant=tenant, state=KeyState.ACTIVE)
            held = dict(active.values_list("algorithm", "kid"))
        if options["algorithm"] and options["algorithm"] not in held:
            raise CommandError(f"{tenant.slug} has no {options['algorithm']} key")
        for algorithm, kid in sorted(held.items()):
            if options["algorithm"] in (None, algorithm):
                key = rotation.rotate(
                    tenant=tenant,
                    algorithm=algorithm,
                    actor=COMMAND_LINE,
                    is_immediate=options["now"],
                    is_compromised=options["compromised"],
                    replaces=kid,
                )
                self.stdout.write(f"{algorithm}: {key.kid} is {key.state} (was {kid})")
