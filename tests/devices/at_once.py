"""Many threads that do one thing at the same moment, each over a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from identity.kernel.errors import DomainError

Answer = TypeVar("Answer")


def at_once(
    work: Sequence[Callable[[], Answer]], patience_seconds: float = 60
) -> list[Answer | DomainError]:
    """What each piece of work answered or was refused with, in order; other errors are raised.

    All threads are connected before the first begins.
    """
    ready = threading.Barrier(len(work))

    def run(piece: Callable[[], Answer]) -> Answer | DomainError:
        try:
            connections["default"].ensure_connection()
            ready.wait(patience_seconds)
            return piece()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(run, work))
