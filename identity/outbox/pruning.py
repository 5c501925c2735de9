"""Forgetting what was delivered: payloads hold addresses, and the table is to stay small."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from identity.outbox import lanes
from identity.outbox.models import Message, Resting

# How long a dedupe key is remembered, and how long an operator can look back.
DELIVERED: Final = timedelta(days=7)
# Dead ones wait for an operator, but not for ever.
DEAD: Final = timedelta(days=90)
BATCH: Final = 1_000


def prune() -> None:
    """Afterwards no message is older than that. Runs in the platform's scope."""
    _delete(done_at__lt=Now() - DELIVERED)
    _delete(dead_at__lt=Now() - DEAD)
    lanes.expire()
    # Lanes that nobody wrote to since.
    Resting.objects.filter(until__lt=Now() - DELIVERED).delete()


def _delete(**old: object) -> None:
    while True:
        # In small transactions: a long one would hold back vacuum in the whole database.
        with transaction.atomic():
            ids = list(Message.objects.filter(**old).values_list("id", flat=True)[:BATCH])
            Message.objects.filter(id__in=ids).delete()
        if len(ids) < BATCH:
            return
