"""manage.py provision FILE: make the installation what the file says."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.kernel.actors import COMMAND_LINE
from identity.provisioning import applying, document, schema
from identity.provisioning.document import Mistakes, spelled
from identity.provisioning.run import Run
from identity.provisioning.secrets_file import SecretsFile, is_readable_by_others

_SIGNS = {"created": "+", "changed": "~", "left": "=", "pruned": "-"}


class Command(BaseCommand):
    """Validates the whole file first, then applies it idempotently in one transaction."""

    help = "Make tenants, clients, users, groups, API keys and operators what a YAML file says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """See docs/operations.md."""
        parser.add_argument("file", type=Path, help="the YAML file; - reads standard input")
        parser.add_argument("--dry-run", action="store_true", help="try everything, change nothing")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete clients, groups and API keys that the file's sections leave out",
        )
        parser.add_argument(
            "--prune-users",
            action="store_true",
            help="delete users, operators and tenants too that the file leaves out",
        )
        parser.add_argument(
            "--secrets-out",
            type=Path,
            help="new file (0600) for secrets that have to be generated",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run; every mistake is printed with its line and nothing is applied."""
        path: Path = options["file"]
        try:
            read = document.read(self._text(path), os.environ)
            file = schema.checked(read)
        except Mistakes as problem:
            raise CommandError(self._told(path, problem)) from None
        self._warn(path, read)
        out = self._secrets_file(options)
        run = Run(
            document=read,
            actor=COMMAND_LINE,
            generated={} if out is not None or options["dry_run"] else None,
            is_pruning=options["prune"] or options["prune_users"],
            is_pruning_users=options["prune_users"],
        )
        is_kept = False
        try:
            applying.apply(
                file=file,
                run=run,
                is_dry=options["dry_run"],
                before_commit=self._writer(run, out),
            )
            is_kept = bool(run.generated)
        except Mistakes as problem:
            raise CommandError(self._told(path, problem)) from None
        finally:
            if out is not None:
                out.close(is_kept=is_kept)
        self._report(run, is_dry=options["dry_run"], out=out if is_kept else None)

    def _text(self, path: Path) -> str:
        try:
            return self._stdin() if str(path) == "-" else path.read_text(encoding="utf-8")
        except OSError as problem:
            raise CommandError(f"{path}: {problem.strerror}") from None
        except UnicodeDecodeError:
            raise CommandError(f"{path}: is not UTF-8 text") from None

    @staticmethod
    def _stdin() -> str:
        with open(0, encoding="utf-8", closefd=False) as file:
            return file.read()

    def _warn(self, path: Path, read: document.Document) -> None:
        literal = schema.literal_secrets(read)
        if literal and str(path) != "-" and is_readable_by_others(path):
            names = ", ".join(spelled(place) for place in literal[:5])
            self.stderr.write(
                f"warning: {path} can be read by others and holds secrets ({names}); "
                "chmod 600 it, or take them from the environment with ${NAME}"
            )

    def _secrets_file(self, options: dict[str, Any]) -> SecretsFile | None:
        path: Path | None = options["secrets_out"]
        if path is None or options["dry_run"]:
            return None
        try:
            return SecretsFile(path)
        except FileExistsError:
            raise CommandError(f"{path} exists already; it is never written over") from None
        except OSError as problem:
            raise CommandError(f"{path}: {problem.strerror}") from None

    @staticmethod
    def _writer(run: Run, out: SecretsFile | None) -> Any:
        def write() -> None:
            if out is not None and run.generated:
                out.write(run.generated)

        return write

    def _report(self, run: Run, *, is_dry: bool, out: SecretsFile | None) -> None:
        for change in run.changes:
            if change.verb != "left":
                details = f" ({', '.join(change.details)})" if change.details else ""
                place = "" if change.kind == "tenant" else f"{change.tenant}: "
                self.stdout.write(
                    f"{_SIGNS[change.verb]} {place}{change.kind} {change.name}{details}"
                )
        counts = run.counts()
        told = ", ".join(f"{counts[verb]} {verb}" for verb in _SIGNS)
        self.stdout.write(("Dry run, nothing changed: " if is_dry else "Done: ") + told)
        if out is not None:
            self.stdout.write(f"Generated secrets are in {out.path}")

    @staticmethod
    def _told(path: Path, problem: Mistakes) -> str:
        found = "\n".join(f"  {mistake}" for mistake in problem.found)
        count = len(problem.found)
        return f"{path}: {count} mistake{'s' if count != 1 else ''}, nothing applied\n{found}"
