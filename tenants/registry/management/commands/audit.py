"""`manage.py audit verify [--tenant SLUG]` and `manage.py audit export SLUG --out FILE`.

Here and not beside the log, because the log does not know what tenants are called.
"""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from identity.audit import export, verification
from identity.audit.models import NO_TENANT
from identity.kernel.actors import COMMAND_LINE
from identity.kernel.errors import Refused
from identity.tenancy.scope import platform_scope
from tenants.registry.models import Tenant

INSTALLATION = "installation"


class Command(BaseCommand):
    """Exit status 1 when something is not as it was sealed."""

    help = "Checks or exports the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify", help="find what was changed, removed or inserted")
        verify.add_argument("--tenant", help="slug or id; without it, every log")
        verify.add_argument(
            "--witness", type=Path, help="checkpoints kept elsewhere, one JSON object a line"
        )
        exporting = actions.add_parser("export", help="write a log that others can check")
        exporting.add_argument("tenant", help=f"slug, id, or `{INSTALLATION}`")
        exporting.add_argument("--out", type=Path, required=True)
        exporting.add_argument(
            "--with-facts", action="store_true", help="with names and addresses not yet erased"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        with platform_scope():
            if options["action"] == "verify":
                self._verify(options["tenant"], options["witness"])
            else:
                self._export(options["tenant"], options["out"], has_facts=options["with_facts"])

    def _verify(self, tenant: str | None, witness: Path | None) -> None:
        outside = verification.witnesses(*([witness] if witness else []))
        names = dict(Tenant.objects.values_list("id", "slug"))
        bad = 0
        for tenant_id in [_identify(tenant)] if tenant else verification.tenants(outside):
            verdict = verification.verify(tenant_id, outside)
            name = names.get(tenant_id) or (
                INSTALLATION if tenant_id == NO_TENANT else str(tenant_id)
            )
            self.stdout.write(f"{name}: {_summary(verdict)}")
            for finding in verdict.findings:
                where = "" if finding.batch is None else f"batch {finding.batch}: "
                self.stdout.write(f"  {where}{finding.problem}")
            if verdict.findings:
                bad += 1
                self.stdout.write(f"  first bad batch: {verdict.first_bad_batch or 'none named'}")
        if bad:
            raise CommandError(f"{bad} logs are not as they were sealed")

    def _export(self, tenant: str, out: Path, *, has_facts: bool) -> None:
        try:
            exported = export.write(
                tenant_id=_identify(tenant), out=out, has_facts=has_facts, actor=COMMAND_LINE
            )
        except Refused as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write(
            f"{exported.batches} batches. Others check them with\n"
            f"  python3 {exported.script} {exported.log} --key {exported.key}"
        )


def _identify(text: str) -> UUID:
    if text == INSTALLATION:
        return NO_TENANT
    found = Tenant.objects.filter(slug=text).values_list("id", flat=True).first()
    if found is not None:
        return found
    try:
        return UUID(text)  # A tenant that is gone has left its log.
    except ValueError:
        raise CommandError(f"there is no tenant {text}") from None


def _summary(verdict: verification.Verdict) -> str:
    word = "NOT AS SEALED" if verdict.findings else "ok"
    return (
        f"{word}; {verdict.batches} batches, {verdict.events} events, "
        f"{verdict.erased_facts} facts erased, {verdict.waiting} events not yet sealed, "
        f"{verdict.witnesses} checkpoints"
    )
