"""The sealer: everything committed, once, in order, whatever commits late and whoever else seals."""

import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from identity.audit import canonical, checkpoints, content, counting, keys, sealing, verification
from identity.audit.models import Batch, Checkpoint, Event, Seal, SigningKey, Unsealed
from identity.audit.recording import record
from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import platform_scope
from tests.identity.audit.conftest import FAILED, HAPPENED, T1, T2, happen, problems, sealed_log


def _in_thread(work: Callable[[], None]) -> threading.Thread:
    """A thread with a connection and the platform's scope of its own."""

    def run() -> None:
        try:
            with platform_scope():
                work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.usefixtures("as_platform")
def test_each_tenant_has_a_chain_of_its_own() -> None:
    """issue: "orders what has been committed into a per-tenant hash chain of batches"."""
    sealed_log()
    first, second = Batch.objects.filter(tenant_id=T1).order_by("number")[:2]
    assert (first.number, first.event_count, first.total_count) == (1, 4, 4)
    assert bytes(first.previous) == bytes(32)
    assert bytes(second.previous) == bytes(first.digest)
    assert Batch.objects.filter(tenant_id=T2).count() == 1
    assert not Unsealed.objects.exists()
    seals = Seal.objects.filter(tenant_id=T1, batch_number=1).order_by("position")
    times = [Event.objects.get(id=seal.event_id).recorded_at for seal in seals]
    assert times == sorted(times)
    assert problems(T1) == problems(T2) == []


@pytest.mark.usefixtures("as_platform")
def test_a_waiting_event_is_not_yet_a_finding_and_sealing_nothing_adds_nothing() -> None:
    """What waits for the sealer is not covered, and is no fault either."""
    sealed_log()
    happen(2)
    assert verification.verify(T1, {}).waiting == 2
    assert problems() == []
    sealing.seal()
    count = Batch.objects.count()
    sealing.seal()
    assert Batch.objects.count() == count


@pytest.mark.usefixtures("as_platform")
def test_more_events_than_a_batch_holds_are_sealed_in_one_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A backlog after an hour without a worker is worked off."""
    monkeypatch.setattr(sealing, "EVENTS_MAX", 5)
    happen(23)
    sealing.seal()
    assert [batch.event_count for batch in Batch.objects.order_by("number")] == [5, 5, 5, 5, 3]
    assert problems() == []


@pytest.mark.usefixtures("as_intruder")
def test_an_event_queued_again_keeps_its_one_place() -> None:
    """Whoever may insert into the queue cannot stop the sealer with it."""
    sealed_log()
    for event in Event.objects.all():
        Unsealed.objects.create(event_id=event.id, tenant_id=event.tenant_id)
    Unsealed.objects.create(event_id=UUID(int=1), tenant_id=T1)
    sealing.seal()
    assert not Unsealed.objects.exists()
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_sealed_later_and_lost_never() -> None:
    """brief: rows committed late by long transactions must not be lost or break order."""
    has_recorded, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(HAPPENED, actor=SYSTEM, tenant_id=T1, reason="late")
            has_recorded.set()
            assert may_commit.wait(30)

    thread = _in_thread(slow)
    assert has_recorded.wait(30)
    with platform_scope():
        happen(3)
        sealing.seal()
        assert Seal.objects.count() == 3
        may_commit.set()
        thread.join()
        sealing.seal()
        late = Seal.objects.get(batch_number=2)
        assert Event.objects.get(id=late.event_id).reason == "late"
        assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_several_sealers_at_once_make_one_chain() -> None:
    """brief: safe under concurrent sealers."""
    start = threading.Barrier(4)

    def write_and_seal() -> None:
        start.wait(30)
        for seed in range(10):
            happen(3, seed=seed)
            sealing.seal()

    for thread in [_in_thread(write_and_seal) for _ in range(4)]:
        thread.join()
    with platform_scope():
        sealing.seal()
        assert Seal.objects.count() == Event.objects.count() == 120
        assert problems() == []


@pytest.mark.usefixtures("as_platform")
def test_the_hashed_text_is_the_documented_one(ada: object) -> None:
    """docs/decisions/0010: canonical serialisation, byte for byte."""
    event_id = record(HAPPENED, actor=ada, tenant_id=T1, data={"b": 1, "a": "ü\n\x7f"})  # type: ignore[arg-type]
    row = Event.objects.get(id=event_id)
    row.id, row.fact_digests = UUID(int=7), {"actor.ip": "00"}
    row.recorded_at = row.recorded_at.replace(2026, 11, 24, 13, 5, 0, 123)
    value = content.event(row)
    assert canonical.encode(value).decode() == (
        '{"actor_id":"00000000-0000-0000-0000-000000000065","actor_kind":"user",'
        '"actor_owner_id":null,"actor_tenant_id":"00000000-0000-0000-0000-00000000000b",'
        '"data":{"a":"ü\\n\x7f","b":1},"facts":{"actor.ip":"00"},'
        '"id":"00000000-0000-0000-0000-000000000007","outcome":"success","reason":"",'
        '"recorded_at":"2026-11-24T13:05:00.000123Z","request_id":"7F3K-29QD",'
        '"subject_id":null,"subject_kind":"","tenant":"00000000-0000-0000-0000-00000000000b",'
        '"type":"testing.happened"}'
    )


@pytest.mark.usefixtures("as_platform")
def test_each_grown_chain_gets_a_checkpoint_in_the_table_and_in_a_closed_file(
    data_dir: Path,
) -> None:
    """issue: checkpoints signed by the audit room's own Ed25519 key and sent out (file)."""
    sealed_log()
    checkpoints.sign_heads()
    checkpoints.sign_heads()
    numbers = list(Checkpoint.objects.filter(tenant_id=T1).values_list("batch_number", flat=True))
    assert sorted(numbers) == [5, 6]
    folder = data_dir / "audit"
    (file,) = folder.glob("checkpoints-*.jsonl")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = list(checkpoints.in_file(file))
    assert len(held) == 3
    key = SigningKey.objects.get()
    assert all(witness.is_signed_by(bytes(key.public)) for witness in held)
    assert (folder / f"key-{key.key_id}.pem").read_bytes() == keys.pem(bytes(key.public))
    assert "PRIVATE" not in key.sealed_private


@pytest.mark.usefixtures("as_platform")
def test_a_line_torn_by_a_crash_is_passed_over_and_followed_by_whole_ones(data_dir: Path) -> None:
    """FT: a kill in the middle of a write."""
    happen(1)
    sealing.seal()
    checkpoints.sign_heads()
    (file,) = (data_dir / "audit").glob("checkpoints-*.jsonl")
    file.write_bytes(file.read_bytes()[:-40])
    happen(1)
    sealing.seal()
    checkpoints.sign_heads()
    assert [witness.number for witness in checkpoints.in_file(file)] == [2]
    assert problems() == []


@pytest.mark.usefixtures("as_platform")
def test_counts_by_day_and_reason_come_from_few_rows() -> None:
    """brief: counting for the start page is O(page)."""
    happened = happen(40) + happen(5, T2)
    sealing.seal()
    today = happened[0].recorded_at.date()
    failed = [event for event in happened if event.type == FAILED.name]
    of_t1 = [event for event in failed if event.tenant_id == T1]
    days = counting.per_day(FAILED.name, days=14, tenant_id=T1, today=today)[FAILED.name]
    assert len(days) == 14
    assert days[-1] == (today, len(of_t1))
    assert days[0] == (today - timedelta(days=13), 0)
    everybody = counting.per_day(FAILED.name, days=14, tenant_id=None, today=today)
    assert everybody[FAILED.name][-1] == (today, len(failed))
    why = dict(counting.reasons(FAILED.name, hours=24, tenant_id=T1))
    assert why == {reason: sum(e.reason == reason for e in of_t1) for reason in why}
    counting.prune()
    assert (
        counting.per_day(FAILED.name, days=1, tenant_id=T1, today=today)[FAILED.name] == days[-1:]
    )
