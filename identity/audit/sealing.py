"""The sealer: what was committed is put in order, tenant by tenant, and chained.

It takes what is not yet sealed, so that a transaction which commits late loses nothing: its events
come in a later batch. One sealer works at a time, by an advisory lock that ends with its
transaction; the unique numbers of batches would refuse a second one anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from identity.audit import canonical, content, counting
from identity.audit.models import Batch, Event, Seal, Unsealed

# Events sealed in one transaction: it stays below a second, and nobody waits for it.
EVENTS_MAX: Final = 2_000
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('signet.audit.seal', 0))"
_HEADS: Final = """
SELECT head.tenant_id, head.number, head.total_count, head.digest
  FROM unnest(%s::uuid[]) AS wanted (tenant_id)
 CROSS JOIN LATERAL (
       SELECT tenant_id, number, total_count, digest FROM audit_batch
        WHERE tenant_id = wanted.tenant_id ORDER BY number DESC LIMIT 1) head
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain; an empty chain has number 0."""

    number: int = 0
    total: int = 0
    digest: bytes = canonical.GENESIS


def seal() -> None:
    """Afterwards everything committed before the call is sealed, by us or by another sealer at
    work. Runs in the platform's scope."""
    while _seal_some() == EVENTS_MAX:
        pass


def _seal_some() -> int:
    with transaction.atomic():
        if not _is_alone():
            return 0
        queue = Unsealed.objects.order_by("event_id")
        taken = list(queue.values_list("event_id", flat=True)[:EVENTS_MAX])
        if not taken:
            return 0
        events = _in_order(taken)
        _append(events)
        counting.add(events)
        Unsealed.objects.filter(event_id__in=taken).delete()
    return len(taken)


def heads(tenant_ids: Iterable[UUID]) -> dict[UUID, Head]:
    """The last link of each chain that has one."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [list(tenant_ids)])
        return {
            tenant_id: Head(number, total, bytes(digest))
            for tenant_id, number, total, digest in cursor.fetchall()
        }


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TRY_LOCK)
        return bool(cursor.fetchone()[0])


def _in_order(taken: list[UUID]) -> list[Event]:
    # Somebody may have queued an event again that has its place already.
    placed = set(Seal.objects.filter(event_id__in=taken).values_list("event_id", flat=True))
    waiting = [each for each in taken if each not in placed]
    return list(Event.objects.filter(id__in=waiting).order_by("tenant_id", "recorded_at", "id"))


def _append(events: list[Event]) -> None:
    sealed_at = _clock()
    known = heads({event.tenant_id for event in events})
    batches, seals = [], []
    for tenant_id, group in groupby(events, key=lambda event: event.tenant_id):
        mine = list(group)
        batch, its_seals = _link(tenant_id, mine, known.get(tenant_id, Head()), sealed_at)
        batches.append(batch)
        seals += its_seals
    Batch.objects.bulk_create(batches, batch_size=1_000)
    Seal.objects.bulk_create(seals, batch_size=1_000)


def _link(
    tenant_id: UUID, events: list[Event], head: Head, sealed_at: datetime
) -> tuple[Batch, list[Seal]]:
    digests = [content.event_digest(event) for event in events]
    number, total = head.number + 1, head.total + len(events)
    value = content.batch(
        tenant_id=tenant_id, number=number, sealed_at=sealed_at, total=total,
        previous=head.digest, digests=digests,
    )  # fmt: skip
    batch = Batch(
        tenant_id=tenant_id, number=number, sealed_at=sealed_at, event_count=len(events),
        total_count=total, previous=head.digest, digest=canonical.digest(canonical.BATCH, value),
    )  # fmt: skip
    seals = [
        Seal(
            event_id=event.id, tenant_id=tenant_id, batch_number=number, position=position,
            digest=digests[position],
        )
        for position, event in enumerate(events)
    ]  # fmt: skip
    return batch, seals


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
