"""`manage.py worker`: deliver messages and run periodic jobs, without a broker."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from identity.outbox.worker import Worker


class Command(BaseCommand):
    """SIGTERM and SIGINT end it after the message and the job at hand."""

    help = "Delivers the outbox and runs periodic jobs until it is asked to stop."
    # They would load every page and form, which a worker never shows.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--relays", type=int, default=2, help="threads that deliver (default: 2)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        worker = Worker(relay_threads=options["relays"])
        worker.start()
        self._say("Worker is ready")
        worker.wait()
        self._say("Worker is stopping")
        if not worker.finish():
            sys.exit(1)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
