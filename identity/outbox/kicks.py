"""Telling a relay that there is work. A hint: losing one costs at most the sweep's five seconds.

Embedded, a trigger on the table sends NOTIFY with the commit, which costs no statement. With a
broker, `identity.outbox.tasks` adds a receiver that publishes a Celery message.
"""

from collections.abc import Callable
from typing import Final

from django.db import transaction

_receivers: "list[Callable[[], None]]" = []

CHANNEL: Final = "signet_outbox"


def receive(receiver: Callable[[], None]) -> None:
    """Afterwards `receiver` is called once after each commit that brought messages."""
    if receiver not in _receivers:
        _receivers.append(receiver)


def after_commit() -> None:
    """Kick when the open transaction commits."""
    if not _receivers:
        return
    connection = transaction.get_connection()
    if any(hook is _kick for _, hook, *_ in connection.run_on_commit):
        return
    transaction.on_commit(_kick)


def _kick() -> None:
    for receiver in _receivers:
        receiver()
