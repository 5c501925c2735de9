"""Counts by the hour: kept by the sealer, read by the console's start page.

Reading adds up at most as many rows as a period has hours, times the reasons that occurred: the
size of the log does not matter.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Now, TruncDate

from identity.audit.models import NO_TENANT, Event, HourlyCount

# What the console shows goes back 14 days; a month and a bit lets months be compared.
KEPT: Final = timedelta(days=35)
_ADD: Final = """
INSERT INTO audit_hourlycount (id, tenant_id, hour, type, reason, count)
SELECT gen_random_uuid(), tenant_id, hour, type, reason, number
  FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[])
       AS fresh (tenant_id, hour, type, reason, number)
    ON CONFLICT (tenant_id, type, hour, reason)
    DO UPDATE SET count = audit_hourlycount.count + EXCLUDED.count
"""


def add(events: Iterable[Event]) -> None:
    """Afterwards the counts of the events' tenants, and the sums over all tenants, hold them."""
    counts: Counter[tuple[UUID, datetime, str, str]] = Counter()
    for event in events:
        hour = event.recorded_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        for owner in {event.tenant_id, NO_TENANT}:
            counts[owner, hour, event.type, event.reason] += 1
    if not counts:
        return
    # In one order always, so that two writers could not wait for each other.
    keys = sorted(counts)
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [*columns, [counts[key] for key in keys]])


def per_day(
    *types: str, days: int, tenant_id: UUID | None, today: date
) -> dict[str, list[tuple[date, int]]]:
    """For each type: `(day, count)` of the last `days` days up to and with `today` (UTC), oldest
    first, days without any included. `tenant_id` None: over all tenants (platform's scope)."""
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    start = datetime(dates[0].year, dates[0].month, dates[0].day, tzinfo=UTC)
    rows = (
        HourlyCount.objects.filter(tenant_id=tenant_id or NO_TENANT, type__in=types)
        .filter(hour__gte=start)
        .annotate(day=TruncDate("hour", tzinfo=UTC))
        .values_list("type", "day")
        .annotate(number=Sum("count"))
        .order_by()
    )
    found = {(name, day): number for name, day, number in rows}
    return {name: [(day, found.get((name, day), 0)) for day in dates] for name in types}


def reasons(*types: str, hours: int, tenant_id: UUID | None) -> list[tuple[str, int]]:
    """`(reason, count)` over the last `hours` hours, the most frequent first."""
    rows = (
        HourlyCount.objects.filter(tenant_id=tenant_id or NO_TENANT, type__in=types)
        .filter(hour__gt=Now() - timedelta(hours=hours))
        .values_list("reason")
        .annotate(number=Sum("count"))
        .order_by("-number", "reason")
    )
    return [(reason, number) for reason, number in rows]


def prune() -> None:
    """Afterwards no count is older than is kept."""
    HourlyCount.objects.filter(hour__lt=Now() - KEPT).delete()
