"""Whatever is done to a sealed log is found."""

import random
from pathlib import Path

import pytest
from django.db import transaction

from identity.audit import verification
from identity.audit.models import Checkpoint, Event, Seal
from tests.identity.audit import tampering
from tests.identity.audit.conftest import T1, T2, problems, sealed_log
from tests.sizes import SEED, Record, sized

pytestmark = pytest.mark.usefixtures("as_intruder")


@pytest.mark.parametrize("way", tampering.WAYS, ids=lambda way: way.__name__)
def test_every_way_of_tampering_is_found(way: object) -> None:
    """AD17: hash-chain verification fails on an edit in the database; gap."""
    sealed_log()
    assert problems(T1) == problems(T2) == []
    way(random.Random(3))  # type: ignore[operator]
    assert problems(T1) + problems(T2)


@pytest.mark.soak
def test_a_thousand_random_tamperings_are_all_found(record_property: Record) -> None:
    """issue, point 9: finds any changed, removed, inserted or reordered sealed row."""
    sealed_log()
    chance, unseen, tries = random.Random(SEED), [], sized(50, 1_000)
    record_property("tamperings", tries)
    for number in range(tries):
        way = tampering.WAYS[number % len(tampering.WAYS)]
        mark = transaction.savepoint()
        way(chance)
        if not problems(T1) + problems(T2):
            unseen.append((number, way.__name__))
        transaction.savepoint_rollback(mark)
    assert unseen == []
    assert problems(T1) == problems(T2) == []


def test_the_first_bad_batch_is_named() -> None:
    """brief: non-zero exit, names the first bad batch."""
    sealed_log()
    for number in (5, 3):
        seal = Seal.objects.filter(tenant_id=T1, batch_number=number).first()
        assert seal is not None
        Event.objects.filter(id=seal.event_id).update(reason="x")
    assert verification.verify(T1, verification.witnesses()).first_bad_batch == 3


def test_a_log_gone_without_a_trace_in_the_database_is_missed(data_dir: Path) -> None:
    """The file is a witness that the database cannot silence; without it, nobody knows."""
    sealed_log()
    tampering.cut_the_tail(random.Random(0))
    tampering.cut(1)
    Checkpoint.objects.all().delete()
    assert T1 in verification.tenants(verification.witnesses())
    assert "is gone" in problems(T1)[0]
    for file in (data_dir / "audit").glob("checkpoints-*"):
        file.unlink()
    assert problems(T1) == []
