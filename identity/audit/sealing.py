"""The sealer: what was committed is put in order, tenant by tenant, and chained.

It takes what is not yet sealed, so that a transaction which commits late loses nothing: its events
come in a later batch. One sealer works at a time, by an advisory lock that ends with its
transaction; the unique numbers of batches would refuse a second one anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from identity.audit import canonical, content, counting
from identity.audit.models import Batch, Event, Unsealed

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


# Arrays instead of a parameter a value: thousands of them are neither planned nor prepared well.
_IN_ORDER: Final = """
SELECT * FROM audit_event
 WHERE id = ANY(%s)
   -- Somebody may have queued an event again that has its place already.
   AND NOT EXISTS (SELECT FROM audit_seal WHERE audit_seal.event_id = audit_event.id)
 ORDER BY tenant_id, recorded_at, id
"""
_PLACE: Final = """
INSERT INTO audit_seal (event_id, tenant_id, batch_number, position, digest)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::integer[], %s::bytea[])
"""


class Place(NamedTuple):
    """A row of audit_seal."""

    event_id: UUID
    tenant_id: UUID
    batch_number: int
    position: int
    digest: bytes


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
        events = list(Event.objects.raw(_IN_ORDER, [taken]))
        _append(events)
        counting.add(events)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM audit_unsealed WHERE event_id = ANY(%s)", [taken])
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


def _place(seals: list[Place]) -> None:
    columns = [list(column) for column in zip(*seals, strict=True)] or [[]] * len(Place._fields)
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, columns)


def _append(events: list[Event]) -> None:
    sealed_at = _clock()
    known = heads({event.tenant_id for event in events})
    batches: list[Batch] = []
    seals: list[Place] = []
    for tenant_id, group in groupby(events, key=lambda event: event.tenant_id):
        mine = list(group)
        batch, its_seals = _link(tenant_id, mine, known.get(tenant_id, Head()), sealed_at)
        batches.append(batch)
        seals += its_seals
    Batch.objects.bulk_create(batches, batch_size=1_000)
    _place(seals)


def _link(
    tenant_id: UUID, events: list[Event], head: Head, sealed_at: datetime
) -> tuple[Batch, list[Place]]:
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
        Place(event.id, tenant_id, number, position, digests[position])
        for position, event in enumerate(events)
    ]
    return batch, seals


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
