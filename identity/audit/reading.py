"""Walking along a chain as it stands in the database, whatever became of it. Platform's scope."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from identity.audit.models import Batch, Event, Seal

# Batches read at once; each holds 2,000 events at most.
_BATCHES = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A number of the chain: its batch (None: missing), its seals in order, their events by id."""

    number: int
    batch: Batch | None
    seals: list[Seal]
    events: dict[UUID, Event]


def length(tenant_id: UUID) -> int:
    """The highest number of a batch; 0 for a chain without any."""
    last = Batch.objects.filter(tenant_id=tenant_id).order_by("-number").first()
    return last.number if last else 0


def links(tenant_id: UUID, last: int) -> Iterator[Link]:
    """Every number from 1 to `last`, also those that have no batch."""
    for first in range(1, last + 1, _BATCHES):
        numbers = range(first, min(first + _BATCHES, last + 1))
        batches = {
            batch.number: batch
            for batch in Batch.objects.filter(tenant_id=tenant_id, number__in=numbers)
        }
        seals: dict[int, list[Seal]] = defaultdict(list)
        placed = Seal.objects.filter(tenant_id=tenant_id, batch_number__in=numbers)
        for seal in placed.order_by("batch_number", "position"):
            seals[seal.batch_number].append(seal)
        for number in numbers:
            mine = seals[number]
            events = Event.objects.in_bulk([seal.event_id for seal in mine])
            yield Link(number, batches.get(number), mine, events)
