"""The Celery application, for installations with a broker (CELERY_BROKER_URL).

`celery -A identity.config.celery worker --beat` does what `manage.py worker` does without one.
A task carries a name at most and keeps no result: the truth is in Postgres.
"""

import os
from typing import Any

from celery import Celery
from django.conf import settings

from identity.config import schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity.config.settings.production")

app = Celery("signet", broker=settings.CELERY_BROKER_URL or None)
app.conf.update(
    timezone="UTC",
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # A killed worker's task is asked for again; each is safe to repeat.
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # In memory: what was due stands in Postgres, a file beside it could only disagree.
    beat_scheduler="celery.beat:Scheduler",
    # Publishing to a broker that is down must fail at once, not after six seconds.
    broker_transport_options={"max_retries": 1},
)
app.autodiscover_tasks(["identity.outbox"])


@app.on_after_finalize.connect
def _set_schedule(sender: Celery, **_: Any) -> None:
    sender.conf.beat_schedule = schedule.entries()
