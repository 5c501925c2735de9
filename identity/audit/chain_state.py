"""Whether the record is whole, at a glance: the last links of a chain and its newest statement.

A few rows, so that a page can afford it. Walking all of a chain is `manage.py audit verify`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min
from django.utils import timezone

from identity.audit import canonical, content
from identity.audit.models import Batch, Checkpoint, Event, Seal, Unsealed

LOOKED_AT: Final = 18
# The sealer works within two seconds; a worker that was restarted needs a few more.
_PATIENCE: Final = timedelta(seconds=30)
_COUNTED_MOST: Final = 1_000
# What the newest batches hold is compared with their digests as far as this many events go; the
# rest is left to the full walk.
_EVENTS_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class ChainState:
    """`kind`: "whole", "waiting" (the sealer is behind), "broken" or "empty"."""

    kind: str
    batches: int = 0
    waiting: int = 0
    checked_at: datetime | None = None
    signed_at: datetime | None = None
    first_bad: int | None = None
    links: tuple[int, ...] = ()


def of(tenant_id: UUID) -> ChainState:
    """The state of one tenant's chain, in its scope or the platform's."""
    newest = list(Batch.objects.filter(tenant_id=tenant_id).order_by("-number")[: LOOKED_AT + 1])
    waiting, oldest = _waiting(tenant_id)
    batches = newest[::-1]
    signed = Checkpoint.objects.filter(tenant_id=tenant_id).order_by("-batch_number").first()
    bad = _first_bad(batches, signed)
    if bad is not None:
        kind = "broken"
    elif oldest is not None and oldest < timezone.now() - _PATIENCE:
        kind = "waiting"
    else:
        kind = "whole" if batches or waiting else "empty"
    return ChainState(
        kind=kind,
        batches=batches[-1].number if batches else 0,
        waiting=waiting,
        checked_at=timezone.now(),
        signed_at=signed.signed_at if signed else None,
        first_bad=bad,
        links=tuple(batch.number for batch in batches[-LOOKED_AT:]),
    )


def of_all() -> ChainState:
    """Whether sealing keeps up over all tenants; the platform's scope."""
    queued = Unsealed.objects.order_by()[:_COUNTED_MOST].values("event_id")
    waiting = len(queued)
    found = Event.objects.filter(pk__in=[each["event_id"] for each in queued])
    oldest = found.aggregate(oldest=Min("recorded_at"))["oldest"] if waiting else None
    is_behind = oldest is not None and oldest < timezone.now() - _PATIENCE
    return ChainState(kind="behind" if is_behind else "sealing", waiting=waiting)


def _waiting(tenant_id: UUID) -> tuple[int, datetime | None]:
    # Seals and not the queue: a tenant's own login does not read the queue.
    last = (
        Seal.objects.filter(tenant_id=tenant_id)
        .order_by("-batch_number", "-position")
        .values_list("event_id", flat=True)
        .first()
    )
    recent = Event.objects.of(tenant_id).newest_first()[:_COUNTED_MOST]
    if last is not None:
        sealed_up_to = Event.objects.filter(pk=last).values_list("recorded_at", flat=True).first()
        if sealed_up_to is not None:
            recent = (
                Event.objects.of(tenant_id)
                .filter(recorded_at__gt=sealed_up_to)
                .newest_first()[:_COUNTED_MOST]
            )
    ids = dict(recent.values_list("id", "recorded_at"))
    placed = Seal.objects.filter(event_id__in=ids).values_list("event_id", flat=True)
    for event_id in placed:
        ids.pop(event_id, None)
    return len(ids), min(ids.values(), default=None)


def _first_bad(batches: list[Batch], signed: Checkpoint | None) -> int | None:
    """The first of these batches that does not continue the one before it, does not hold what its
    digest says, or is not the one that was signed."""
    looked_into, events = set(), 0
    for batch in reversed(batches):
        events += batch.event_count
        if events <= _EVENTS_MOST:
            looked_into.add(batch.number)
    for before, batch in zip([None, *batches], batches, strict=False):
        if before is not None and (
            batch.number != before.number + 1
            or bytes(batch.previous) != bytes(before.digest)
            or batch.total_count != before.total_count + batch.event_count
        ):
            return batch.number
        if batch.number in looked_into and not _holds(batch):
            return batch.number
        if (
            signed is not None
            and batch.number == signed.batch_number
            and bytes(batch.digest) != bytes(signed.digest)
        ):
            return batch.number
    if signed is not None and (not batches or batches[-1].number < signed.batch_number):
        return signed.batch_number
    return None


def _holds(batch: Batch) -> bool:
    """Whether its events are those that were sealed, and its digest covers them."""
    seals = Seal.objects.filter(tenant_id=batch.tenant_id, batch_number=batch.number)
    placed = list(seals.order_by("position"))
    events = Event.objects.in_bulk([seal.event_id for seal in placed])
    for seal in placed:
        event = events.get(seal.event_id)
        if event is None or _digest(event) != bytes(seal.digest):
            return False
    value = content.batch(
        tenant_id=batch.tenant_id, number=batch.number, sealed_at=batch.sealed_at,
        total=batch.total_count, previous=bytes(batch.previous),
        digests=[bytes(seal.digest) for seal in placed],
    )  # fmt: skip
    return canonical.digest(canonical.BATCH, value) == bytes(batch.digest)


def _digest(event: Event) -> bytes:
    try:
        return content.event_digest(event)
    except (TypeError, ValueError):
        return b""  # no event that was ever sealed
