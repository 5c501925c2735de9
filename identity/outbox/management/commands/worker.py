"""`manage.py worker`: deliver messages and run periodic jobs, without a broker."""

import signal
import threading
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
        stopping = threading.Event()
        for asking in (signal.SIGTERM, signal.SIGINT):
            signal.signal(asking, lambda *_: stopping.set())
        worker = Worker(relay_threads=options["relays"])
        worker.start()
        self.stdout.write("Worker is ready")
        self.stdout.flush()
        stopping.wait()
        worker.ask_to_stop()
        self.stdout.write("Worker is stopping")
        self.stdout.flush()
        worker.wait()
