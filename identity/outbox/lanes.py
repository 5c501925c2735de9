"""Letting a lane rest whose receiver is down, and waking it. In the platform's scope."""

from datetime import timedelta
from typing import Any, Final

from django.db import connection

from identity.outbox.handlers import Delivery
from identity.outbox.models import NO_TENANT, Resting

FIRST_REST: Final = timedelta(seconds=5)
# A receiver that is back waits this long at most for the first message.
LONGEST_REST: Final = timedelta(minutes=5)
_REST: Final = """
INSERT INTO outbox_resting AS lane (id, tenant_id, destination, failures, until)
VALUES (gen_random_uuid(), %(tenant)s, %(destination)s, 1,
        statement_timestamp() + %(first)s::interval)
    ON CONFLICT (tenant_id, destination) DO UPDATE
   SET failures = lane.failures + 1,
       until = statement_timestamp()
               + least(%(first)s::interval * 2 ^ least(lane.failures, 20), %(longest)s::interval)
"""
# Nobody wants what could not be said for a day; a night without an operator is shorter.
WAITED_MAX: Final = timedelta(days=1)
_EXPIRE: Final = """
UPDATE outbox_message AS message
   SET dead_at = statement_timestamp(), last_error = 'its receiver has not answered for a day'
  FROM outbox_resting AS resting
 WHERE message.tenant_id = resting.tenant_id AND message.destination = resting.destination
   AND message.done_at IS NULL AND message.dead_at IS NULL AND message.lease_token IS NULL
   AND message.available_at < statement_timestamp() - %s::interval
"""


def rest(delivery: Delivery) -> None:
    """Afterwards no message of this lane is claimed for 5 s, 10 s, 20 s … 5 min, and then one."""
    values: dict[str, Any] = {
        "tenant": delivery.tenant_id or NO_TENANT,
        "destination": delivery.destination,
        "first": FIRST_REST,
        "longest": LONGEST_REST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REST, values)


def wake(delivery: Delivery) -> None:
    """Afterwards the lane runs as before."""
    owner = delivery.tenant_id or NO_TENANT
    Resting.objects.filter(tenant_id=owner, destination=delivery.destination).delete()


def expire() -> None:
    """Afterwards no message of a resting lane has waited for its turn for more than a day."""
    values: list[Any] = [WAITED_MAX]
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, values)
