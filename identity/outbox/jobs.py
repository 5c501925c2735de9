"""Running periodic jobs: each when due, by one process at a time, however many schedulers there are.

The row in the database says when a job is due; an advisory lock, which ends with its session, says
that somebody is at it. A process killed in the middle leaves nothing to clean up.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest, Now

from identity.kernel.jobs import PeriodicJob, declared, register
from identity.outbox.models import Job
from identity.tenancy.scope import platform_scope

__all__ = ["declared", "ensure_rows", "register", "run_if_due"]

_log = logging.getLogger(__name__)
# The first of the two numbers of an advisory lock: nobody else's locks begin with it.
_LOCKS: Final = 0x51_6A
_ERROR_MAX: Final = 500
# How exact `finished_at` is.
NOTED_EVERY: Final = timedelta(seconds=15)


def ensure_rows() -> None:
    """Afterwards each declared job has its row; a new one is due at once."""
    with platform_scope():
        Job.objects.bulk_create(
            [Job(name=name, due_at=Now()) for name in declared()], ignore_conflicts=True
        )


def run_if_due(name: str) -> bool:
    """Run the job if it is due and nobody else is at it; True if it ran and succeeded.

    A failure is logged, noted in the row, and tried again when next due.
    """
    job = declared()[name]
    with platform_scope(), _alone(name) as is_alone:
        return is_alone and _is_begun(job) and _run(job)


def _is_begun(job: PeriodicJob) -> bool:
    due = Job.objects.filter(name=job.name, due_at__lte=Now())
    # From when it was due, not from now: otherwise each delay would push all later ones.
    return due.update(started_at=Now(), due_at=Greatest(F("due_at") + job.every, Now())) == 1


def _run(job: PeriodicJob) -> bool:
    try:
        job.run()
    except Exception as problem:  # noqa: BLE001 - one job's fault must not end the others
        _log.error("job failed: %s", job.name, exc_info=problem)
        Job.objects.filter(name=job.name).update(
            finished_at=Now(),
            failures_in_a_row=F("failures_in_a_row") + 1,
            last_error=type(problem).__name__[:_ERROR_MAX],
        )
        return False
    is_news = (
        Q(failures_in_a_row__gt=0)
        | Q(finished_at__isnull=True)
        | Q(finished_at__lt=Now() - NOTED_EVERY)
    )
    # The sealer succeeds each second: a row written for that would keep the disk busy all night.
    Job.objects.filter(is_news, name=job.name).update(
        finished_at=Now(), failures_in_a_row=Value(0), last_error=Value("")
    )
    return True


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCKS, name])
        is_alone: bool = cursor.fetchone()[0]
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_LOCKS, name])
