"""Taking messages under a lease, and what becomes of them. All of it in the platform's scope.

No row lock is held while a message is delivered: a claim writes a lease and commits. Who finishes
shows the lease's token, so that a relay whose lease ran out changes nothing any more.
"""

import json
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from identity.outbox.handlers import Delivery
from identity.outbox.models import NO_TENANT, Message

# A worker killed in mid-delivery is made up for within 60 s: this, and one sweep.
LEASE: Final = timedelta(seconds=45)
# Messages in flight at once, over all relays: to one destination of one tenant, and of one tenant.
LANE_CAP: Final = 2
TENANT_CAP: Final = 4
BATCH: Final = 8
# With the delays below: some 12 to 16 hours, longer than a night without an operator.
ATTEMPTS_MAX: Final = 24
FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(hours=1)
_ERROR_MAX: Final = 500
# Claims queue behind one another for a millisecond, so that the caps hold exactly.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('signet.outbox.claim'))"

# A loose scan finds the lanes that hold open messages; from each at most what its cap leaves. The
# cost grows with the lanes and not with the messages: one tenant's hundred thousand do not stand
# in the way of another's one.
_CLAIM: Final = """
WITH RECURSIVE lane AS (
    (SELECT tenant_id, destination FROM outbox_message
      WHERE done_at IS NULL AND dead_at IS NULL
      ORDER BY tenant_id, destination LIMIT 1)
    UNION ALL
    SELECT further.tenant_id, further.destination
      FROM lane CROSS JOIN LATERAL (
           SELECT tenant_id, destination FROM outbox_message
            WHERE done_at IS NULL AND dead_at IS NULL
              AND (tenant_id, destination) > (lane.tenant_id, lane.destination)
            ORDER BY tenant_id, destination LIMIT 1) further
), held AS (
    SELECT tenant_id, destination, count(*) AS number FROM outbox_message
     WHERE done_at IS NULL AND dead_at IS NULL AND lease_token IS NOT NULL AND available_at > statement_timestamp()
     GROUP BY tenant_id, destination
), candidate AS (
    SELECT due.id, due.available_at, lane.tenant_id
      FROM lane
      LEFT JOIN held USING (tenant_id, destination)
      LEFT JOIN outbox_resting AS resting USING (tenant_id, destination)
      CROSS JOIN LATERAL (
           SELECT id, available_at FROM outbox_message
            WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= statement_timestamp()
              AND tenant_id = lane.tenant_id AND destination = lane.destination
            ORDER BY available_at
            LIMIT greatest(0, CASE WHEN resting.until IS NULL THEN %(lane_cap)s::int ELSE 1 END
                              - coalesce(held.number, 0))) due
     WHERE resting.until IS NULL OR resting.until <= statement_timestamp()
), ranked AS (
    SELECT candidate.id, candidate.available_at,
           row_number() OVER (PARTITION BY tenant_id ORDER BY candidate.available_at)
           + coalesce((SELECT sum(number) FROM held WHERE held.tenant_id = candidate.tenant_id), 0)
           AS place
      FROM candidate
), chosen AS (
    SELECT id,
           EXISTS (SELECT FROM outbox_resting AS resting
                    WHERE resting.tenant_id = outbox_message.tenant_id
                      AND resting.destination = outbox_message.destination) AS is_probe
      FROM outbox_message
     WHERE id IN (SELECT id FROM ranked WHERE place <= %(tenant_cap)s::int
                   ORDER BY available_at LIMIT %(batch)s::int)
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox_message AS message
   SET lease_token = %(token)s, available_at = statement_timestamp() + %(lease)s::interval, attempts = attempts + 1
  FROM chosen WHERE message.id = chosen.id
RETURNING message.id, message.tenant_id, message.topic, message.destination, message.payload::text,
          message.attempts, message.created_at, chosen.is_probe
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages in our hands until the lease ends, oldest first. `probes` are those that try whether
    a resting lane's receiver is back."""

    token: UUID
    deliveries: list[Delivery]
    probes: frozenset[UUID]


def claim() -> Claim:
    """Take what is due, within the caps; nothing due means no deliveries."""
    token = uuid4()
    values: dict[str, Any] = {
        "lane_cap": LANE_CAP, "tenant_cap": TENANT_CAP, "batch": BATCH, "token": token,
        "lease": LEASE,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_CLAIM, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    deliveries = [_delivery(row) for row in rows]
    probes = frozenset(message_id for message_id, *_, is_probe in rows if is_probe)
    return Claim(token, sorted(deliveries, key=lambda delivery: delivery.created_at), probes)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    message_id, tenant_id, topic, destination, payload, attempts, created_at, _ = row
    return Delivery(
        id=message_id,
        tenant_id=None if tenant_id == NO_TENANT else tenant_id,
        topic=topic,
        destination=destination,
        payload=json.loads(payload),
        attempt=attempts,
        created_at=created_at,
    )


def finish(delivery: Delivery, token: UUID) -> bool:
    """Delivered. False if the lease was lost: somebody else delivers it, or did."""
    return _held(delivery, token).update(done_at=Now(), lease_token=None, last_error="") == 1


def give_up(delivery: Delivery, token: UUID, error: str) -> bool:
    """Dead: an operator decides. False if the lease was lost."""
    changes = {"dead_at": Now(), "lease_token": None, "last_error": error[:_ERROR_MAX]}
    return _held(delivery, token).update(**changes) == 1


def postpone(delivery: Delivery, token: UUID, error: str) -> bool:
    """Failed for now: due again after a delay that doubles. False if the lease was lost."""
    return (
        _held(delivery, token).update(
            available_at=Now() + delay(delivery.attempt),
            lease_token=None,
            last_error=error[:_ERROR_MAX],
        )
        == 1
    )


def release(deliveries: list[Delivery], token: UUID) -> None:
    """Not begun: due again at once, and the attempt does not count."""
    Message.objects.filter(id__in=[each.id for each in deliveries], lease_token=token).update(
        available_at=Now(), lease_token=None, attempts=F("attempts") - 1
    )


def delay(attempt: int) -> timedelta:
    """5 s, 10 s, 20 s … 1 h after the first, second, third … failure; up to half of it shorter, so
    that what failed together does not come back together."""
    full: timedelta = min(FIRST_DELAY * 2 ** min(attempt - 1, 20), LONGEST_DELAY)
    return full * random.uniform(0.5, 1)  # noqa: S311 - spreads load, protects nothing


def _held(delivery: Delivery, token: UUID) -> QuerySet[Message]:
    return Message.objects.filter(id=delivery.id, lease_token=token)
