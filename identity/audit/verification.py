"""Finding what was changed, removed, inserted or put in another order. Platform's scope.

What waits for the sealer (a second or two) is not covered; everything after that is.
"""

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db.models import Exists, OuterRef

from identity.audit import canonical, checkpoints, content, keys, reading
from identity.audit.checkpoints import Witness
from identity.audit.models import Batch, Checkpoint, Event, Seal, SigningKey, Unsealed


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed. `batch` None: no batch can be named."""

    batch: int | None
    problem: str


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what was found."""

    tenant_id: UUID
    batches: int = 0
    events: int = 0
    erased_facts: int = 0
    waiting: int = 0
    witnesses: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def first_bad_batch(self) -> int | None:
        """Up to the batch before this one everything is as it was sealed."""
        return min((each.batch for each in self.findings if each.batch is not None), default=None)


Witnesses = Mapping[UUID, Sequence[Witness]]


def witnesses(*more: Path) -> Witnesses:
    """What this machine's folder and `more` files hold, by tenant."""
    found: dict[UUID, list[Witness]] = defaultdict(list)
    for path in (*checkpoints.paths(), *more):
        for witness in checkpoints.in_file(path):
            found[witness.tenant_id].append(witness)
    return found


def tenants(outside: Witnesses) -> list[UUID]:
    """Everybody who has, or once had, a log."""
    found: set[UUID] = set()
    for model in (Batch, Seal, Checkpoint, Event):
        found.update(model.objects.order_by().values_list("tenant_id", flat=True).distinct())
    found.update(outside)
    return sorted(found)


def verify(tenant_id: UUID, outside: Witnesses) -> Verdict:
    """Check a tenant's whole chain against itself, the checkpoints in the database, and those that
    lie outside of it."""
    verdict = Verdict(tenant_id)
    last = reading.length(tenant_id)
    digests: dict[int, bytes] = {}
    previous, total = canonical.GENESIS, 0
    for link in reading.links(tenant_id, last):
        problems = list(_problems(link, previous, total, verdict))
        verdict.findings += [Finding(link.number, problem) for problem in problems]
        total += len(link.seals)
        if link.batch is not None:
            previous = digests[link.number] = bytes(link.batch.digest)
            total = link.batch.total_count
    verdict.batches = last
    verdict.findings += _strays(tenant_id)
    verdict.waiting = Unsealed.objects.filter(tenant_id=tenant_id).count()
    held = [checkpoints.of_row(row) for row in Checkpoint.objects.filter(tenant_id=tenant_id)]
    for witness in (*held, *outside.get(tenant_id, ())):
        verdict.witnesses += 1
        verdict.findings += _contradictions(witness, digests)
    return verdict


def _problems(link: reading.Link, previous: bytes, total: int, verdict: Verdict) -> Iterator[str]:
    digests = []
    for position, seal in enumerate(link.seals):
        if seal.position != position:
            yield f"position {position} is empty"
        event = link.events.get(seal.event_id)
        if event is None:
            yield f"event {seal.event_id} is gone"
            digests.append(bytes(seal.digest))
            continue
        verdict.events += 1
        verdict.erased_facts += len(event.erased_facts)
        digests.append(_digest(event))
        if digests[-1] != bytes(seal.digest):
            yield f"event {event.id} or its seal was changed"
        for name in _changed_facts(event):
            yield f"event {event.id}: the fact {name} was changed"
    batch = link.batch
    if batch is None:
        yield "the batch is gone"
        return
    if bytes(batch.previous) != previous:
        yield "it does not continue the batch before it"
    if batch.event_count != len(digests) or batch.total_count != total + len(digests):
        yield f"it counts {batch.event_count} events, of {batch.total_count}; there are others"
    value = content.batch(
        tenant_id=batch.tenant_id, number=batch.number, sealed_at=batch.sealed_at,
        total=batch.total_count, previous=bytes(batch.previous), digests=digests,
    )  # fmt: skip
    if canonical.digest(canonical.BATCH, value) != bytes(batch.digest):
        yield "its digest does not fit what it holds"


def _digest(event: Event) -> bytes:
    try:
        return content.event_digest(event)
    except (TypeError, ValueError):
        return b""  # no event that was ever sealed


def _changed_facts(event: Event) -> Iterator[str]:
    if not isinstance(event.facts, dict) or not isinstance(event.fact_digests, dict):
        yield "(all)"
        return
    for name, entry in event.facts.items():
        try:
            salt, text = entry
            found = canonical.fact_digest(base64.b64decode(salt), name, text).hex()
        except (TypeError, ValueError):
            found = ""
        if event.fact_digests.get(name) != found:
            yield name


def _strays(tenant_id: UUID) -> Iterator[Finding]:
    queued = Unsealed.objects.filter(event_id=OuterRef("id"))
    placed = Seal.objects.filter(event_id=OuterRef("id"))
    for event in Event.objects.of(tenant_id).filter(~Exists(queued), ~Exists(placed)):
        yield Finding(None, f"event {event.id} has no place in the chain and waits for none")
    batches = Batch.objects.filter(tenant_id=tenant_id, number=OuterRef("batch_number"))
    for seal in Seal.objects.filter(~Exists(batches), tenant_id=tenant_id):
        yield Finding(seal.batch_number, f"the seal of event {seal.event_id} belongs to no batch")


def _contradictions(witness: Witness, digests: dict[int, bytes]) -> Iterator[Finding]:
    number, signed_at = witness.number, witness.value.get("signed_at")
    key = SigningKey.objects.filter(key_id=str(witness.value.get("key"))).first()
    if key is None or keys.key_id_of(bytes(key.public)) != key.key_id:
        yield Finding(
            number, f"the key of the checkpoint of {signed_at} ({witness.source}) is gone"
        )
    elif not witness.is_signed_by(bytes(key.public)):
        yield Finding(number, f"the checkpoint of {signed_at} ({witness.source}) was changed")
    elif number not in digests:
        yield Finding(number, f"it existed at {signed_at} ({witness.source}) and is gone")
    elif digests[number].hex() != witness.value.get("digest"):
        yield Finding(number, f"it was another at {signed_at} ({witness.source})")
