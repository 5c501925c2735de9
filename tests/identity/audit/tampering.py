"""What somebody who owns the tables may do to a sealed log: each way, at a random place."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import F

from identity.audit import canonical, content
from identity.audit.models import Batch, Checkpoint, Event, Seal
from tests.identity.audit.conftest import T1, T2

Chance = random.Random


def _an_event(chance: Chance) -> Any:
    """A sealed event of T1."""
    ids = list(Seal.objects.filter(tenant_id=T1).order_by("batch_number", "position"))
    return Event.objects.filter(id=chance.choice(ids).event_id)


def _a_batch(chance: Chance) -> Any:
    return Batch.objects.filter(tenant_id=T1, number=chance.randint(1, 6))


def change_text(chance: Chance) -> None:
    column = chance.choice(
        ["type", "reason", "actor_kind", "subject_kind", "request_id", "outcome"]
    )
    _an_event(chance).update(**{column: f"x{chance.randint(0, 9)}"})


def change_identifier(chance: Chance) -> None:
    column = chance.choice(["actor_id", "actor_owner_id", "actor_tenant_id", "subject_id"])
    _an_event(chance).update(**{column: uuid4()})


def change_time(chance: Chance) -> None:
    _an_event(chance).update(recorded_at=F("recorded_at") + timedelta(microseconds=1))


def change_data(chance: Chance) -> None:
    change: Any = chance.choice(
        [{"n": 1.0}, {"n": 99}, {"n": True}, {}, [], {"n": "1"}, {"n": 1, "m": None}]
    )
    _an_event(chance).update(data=change)


def change_fact(chance: Chance) -> None:
    event = _an_event(chance).get()
    name = chance.choice(sorted(event.facts))
    salt, text = event.facts[name]
    entry: Any = chance.choice([[salt, text + "x"], ["AAAA" + salt[4:], text], "x", [], [salt, 3]])
    _an_event_is(event.id).update(facts={**event.facts, name: entry})


def change_fact_digest(chance: Chance) -> None:
    event = _an_event(chance).get()
    name = chance.choice(sorted(event.facts))
    _an_event_is(event.id).update(fact_digests={**event.fact_digests, name: "00" * 32})


def add_fact(chance: Chance) -> None:
    event = _an_event(chance).get()
    _an_event_is(event.id).update(facts={**event.facts, "actor.alibi": ["AAAA", "was elsewhere"]})


def _an_event_is(event_id: UUID) -> Any:
    return Event.objects.filter(id=event_id)


def rename_event(chance: Chance) -> None:
    _an_event(chance).update(id=uuid4())


def move_to_other_tenant(chance: Chance) -> None:
    _an_event(chance).update(tenant_id=T2)


def remove_event(chance: Chance) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE id = %s", [_an_event(chance).get().id])


def remove_seal(chance: Chance) -> None:
    Seal.objects.filter(event_id=_an_event(chance).get().id).delete()


def remove_event_and_seal(chance: Chance) -> None:
    event = _an_event(chance).get()
    Seal.objects.filter(event_id=event.id).delete()
    _an_event_is(event.id).delete()


def remove_batch(chance: Chance) -> None:
    _a_batch(chance).delete()


def remove_batch_with_all_it_holds(chance: Chance) -> None:
    cut(chance.randint(1, 5), only=True)


def cut_the_tail(chance: Chance) -> None:
    """Down to a number below the last checkpoint, with the database's checkpoints: the file tells."""
    number = chance.randint(1, 5)
    cut(number)
    Checkpoint.objects.filter(tenant_id=T1, batch_number__gte=number).delete()


def cut(number: int, *, only: bool = False) -> None:
    reach = {"batch_number": number} if only else {"batch_number__gte": number}
    seals = Seal.objects.filter(tenant_id=T1, **reach)
    Event.objects.filter(id__in=list(seals.values_list("event_id", flat=True))).delete()
    seals.delete()
    batches = {key.replace("batch_number", "number"): value for key, value in reach.items()}
    Batch.objects.filter(tenant_id=T1, **batches).delete()


def swap_events(chance: Chance) -> None:
    """Two events of one batch change places, with the digests of their seals."""
    number = chance.randint(1, 6)
    seals = list(Seal.objects.filter(tenant_id=T1, batch_number=number))
    first, second = chance.sample(seals, 2)
    place, other = first.position, second.position
    Seal.objects.filter(event_id=first.event_id).update(position=-1)
    Seal.objects.filter(event_id=second.event_id).update(position=place)
    Seal.objects.filter(event_id=first.event_id).update(position=other)


def swap_batches(chance: Chance) -> None:
    first, second = chance.sample(range(1, 7), 2)
    for model, column in ((Batch, "number"), (Seal, "batch_number")):
        for was, becomes in ((first, -1), (second, first), (-1, second)):
            model.objects.filter(tenant_id=T1, **{column: was}).update(**{column: becomes})


def insert_event(chance: Chance) -> None:
    """A forged event at the end of a batch, counted in."""
    number = chance.randint(1, 6)
    event = Event.objects.create(tenant_id=T1, type="testing.happened", actor_kind="user")
    event.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_unsealed WHERE event_id = %s", [event.id])
    Seal.objects.create(
        event_id=event.id, tenant_id=T1, batch_number=number, position=4,
        digest=content.event_digest(event),
    )  # fmt: skip
    Batch.objects.filter(tenant_id=T1, number=number).update(event_count=F("event_count") + 1)


def insert_unqueued_event(_chance: Chance) -> None:
    event = Event.objects.create(tenant_id=T1, type="testing.happened", actor_kind="user")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_unsealed WHERE event_id = %s", [event.id])


def insert_batch(_chance: Chance) -> None:
    Batch.objects.create(
        tenant_id=T1, number=7, sealed_at="2026-01-01T00:00:00Z", event_count=0, total_count=24,
        previous=bytes(32), digest=bytes(32),
    )  # fmt: skip


def change_batch(chance: Chance) -> None:
    change: Any = chance.choice(
        [
            {"digest": bytes(32)},
            {"previous": bytes(31) + b"\1"},
            {"sealed_at": F("sealed_at") + timedelta(microseconds=1)},
            {"event_count": F("event_count") + 1},
            {"total_count": F("total_count") - 1},
            {"tenant_id": UUID(int=99)},
        ]
    )
    _a_batch(chance).update(**change)


def change_seal(chance: Chance) -> None:
    change: Any = chance.choice(
        [
            {"digest": bytes(32)}, {"position": 40}, {"batch_number": 70},
            {"tenant_id": UUID(int=99)}, {"event_id": uuid4()},
        ]
    )  # fmt: skip
    Seal.objects.filter(event_id=_an_event(chance).get().id).update(**change)


def change_checkpoint(chance: Chance) -> None:
    change: Any = chance.choice(
        [
            {"digest": bytes(32)}, {"signature": bytes(64)}, {"total_count": F("total_count") + 1},
            {"signed_at": F("signed_at") + timedelta(seconds=1)}, {"batch_number": 3},
            {"key_id": "0" * 16},
        ]
    )  # fmt: skip
    Checkpoint.objects.filter(tenant_id=T1).update(**change)


def rewrite_history(chance: Chance) -> None:
    """Change an event and compute everything after it anew, as an intruder with all the code but
    without the private key would."""
    event = Event.objects.get(id=chance.choice(Seal.objects.filter(batch_number__lte=5)).event_id)
    Event.objects.filter(id=event.id).update(reason="nothing")
    tenant_id, previous = event.tenant_id, canonical.GENESIS
    for batch in Batch.objects.filter(tenant_id=tenant_id).order_by("number"):
        digests = []
        seals = Seal.objects.filter(tenant_id=tenant_id, batch_number=batch.number)
        for seal in seals.order_by("position"):
            digests.append(content.event_digest(Event.objects.get(id=seal.event_id)))
            Seal.objects.filter(event_id=seal.event_id).update(digest=digests[-1])
        value = content.batch(
            tenant_id=tenant_id, number=batch.number, sealed_at=batch.sealed_at,
            total=batch.total_count, previous=previous, digests=digests,
        )  # fmt: skip
        digest = canonical.digest(canonical.BATCH, value)
        Batch.objects.filter(id=batch.id).update(previous=previous, digest=digest)
        Checkpoint.objects.filter(tenant_id=tenant_id, batch_number=batch.number).update(
            digest=digest
        )
        previous = digest


def rewrite_history_and_forget(chance: Chance) -> None:
    """As before, and no checkpoint in the database contradicts: those outside do."""
    rewrite_history(chance)
    Checkpoint.objects.all().delete()


WAYS: Final[list[Callable[[Chance], None]]] = [
    change_text, change_identifier, change_time, change_data, change_fact, change_fact_digest,
    add_fact, rename_event, move_to_other_tenant, remove_event, remove_seal,
    remove_event_and_seal, remove_batch, remove_batch_with_all_it_holds, cut_the_tail, swap_events,
    swap_batches, insert_event, insert_unqueued_event, insert_batch, change_batch, change_seal,
    change_checkpoint, rewrite_history,
    rewrite_history_and_forget,
]  # fmt: skip
