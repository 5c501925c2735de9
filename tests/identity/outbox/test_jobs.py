"""Periodic jobs: when due, by one process at a time."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from identity.kernel import jobs as declarations
from identity.outbox import jobs, kicks, pruning
from identity.outbox.models import Job, Message
from identity.outbox.sending import enqueue
from identity.tenancy.scope import current, platform_scope
from tests.identity.outbox.conftest import T1
from tests.identity.outbox.topics import TOPIC

NAME = "testing.job"

_runs: list[bool] = []
_faults: list[Exception] = []
_is_running, _may_end = threading.Event(), threading.Event()


def _run() -> None:
    _runs.append(current().is_platform)
    if _faults:
        raise _faults[0]
    _is_running.set()
    assert _may_end.wait(30)


declarations.register(NAME, timedelta(minutes=5), _run)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """The job has not run and does not wait."""
    _runs.clear()
    _faults.clear()
    _is_running.clear()
    _may_end.set()
    yield
    _may_end.set()


def _due() -> None:
    Job.objects.filter(name=NAME).update(due_at=Now() - timedelta(seconds=1))


@pytest.mark.usefixtures("as_platform")
def test_a_job_runs_as_the_platform_once_in_its_time() -> None:
    """dependencies: job table."""
    jobs.ensure_rows()
    jobs.ensure_rows()
    assert jobs.run_if_due(NAME)
    assert not jobs.run_if_due(NAME)
    assert _runs == [True]
    _due()
    assert jobs.run_if_due(NAME)
    row = Job.objects.get(name=NAME)
    assert row.finished_at is not None
    assert row.due_at > row.finished_at


@pytest.mark.usefixtures("as_platform")
def test_a_fault_is_noted_by_name_and_the_job_comes_again() -> None:
    """FT20: the worker stays alive; IJ02: of a foreign exception only its name is kept."""
    jobs.ensure_rows()
    _faults.append(ValueError("s3cret"))
    assert not jobs.run_if_due(NAME)
    row = Job.objects.get(name=NAME)
    assert (row.failures_in_a_row, row.last_error) == (1, "ValueError")
    _faults.clear()
    _due()
    assert jobs.run_if_due(NAME)
    row.refresh_from_db()
    assert (row.failures_in_a_row, row.last_error) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_run_it_once() -> None:
    """dependencies: advisory lock, so two schedulers run each once."""
    _may_end.clear()

    def run() -> None:
        try:
            jobs.run_if_due(NAME)
        finally:
            connection.close()

    jobs.ensure_rows()
    first = threading.Thread(target=run)
    first.start()
    assert _is_running.wait(30)
    with platform_scope():
        _due()
        # Due again, but somebody is still at it.
        assert not jobs.run_if_due(NAME)
        _may_end.set()
        first.join()
        assert jobs.run_if_due(NAME)
    assert len(_runs) == 2


@pytest.mark.usefixtures("as_platform")
def test_what_was_delivered_a_week_ago_is_forgotten() -> None:
    """Payloads hold addresses; a dedupe key is remembered as long."""
    for days in (6, 8):
        enqueue(TOPIC, {}, tenant_id=T1, dedupe_key=f"{days} days")
        found = Message.objects.filter(dedupe_key=f"{days} days")
        found.update(done_at=Now() - timedelta(days=days))
    for days in (80, 100):
        enqueue(TOPIC, {}, tenant_id=T1, dedupe_key=f"{days} days")
        found = Message.objects.filter(dedupe_key=f"{days} days")
        found.update(dead_at=Now() - timedelta(days=days))
    pruning.prune()
    left = Message.objects.values_list("dedupe_key", flat=True)
    assert set(left) == {"6 days", "80 days"}


@pytest.mark.usefixtures("as_platform")
def test_one_commit_kicks_once_however_many_messages_it_brings(
    django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dependencies: the kick is sent on commit."""
    kicked: list[int] = []
    monkeypatch.setattr(kicks, "_receivers", [lambda: kicked.append(1)])
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        for _ in range(3):
            enqueue(TOPIC, {}, tenant_id=T1)
        assert kicked == []
    assert kicked == [1]
