"""The same relay and the same jobs under Celery. A Celery message carries a name at most: what is
to be done stands in Postgres, so a lost broker loses nothing."""

import logging

from celery import shared_task
from kombu.exceptions import KombuError

from identity.outbox import jobs, kicks, relay

_log = logging.getLogger(__name__)


@shared_task(name="outbox.relay", ignore_result=True)
def deliver_due() -> None:
    """Deliver what is due: sent by each commit that brings messages, and by beat as the sweep."""
    relay.drain()


@shared_task(name="outbox.job", ignore_result=True)
def run_job(name: str) -> None:
    """Run one periodic job if it is due; beat sends this."""
    jobs.ensure_rows()
    jobs.run_if_due(name)


def receive_kicks() -> None:
    """Afterwards commits of this process kick the relay through the broker."""
    kicks.receive(kick)


def kick() -> None:
    """Publish, quickly or not at all: a person waits for the answer, the sweep for nobody."""
    try:
        deliver_due.apply_async(
            retry=True,
            # A broker that is down once refuses in some 60 ms with this, and takes 6 s without.
            retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0.1},
            # Older kicks say nothing new, and a queue of them would only keep relays awake.
            expires=30,
        )
    except (KombuError, OSError) as problem:
        _log.warning("no kick through the broker: %s", type(problem).__name__)
