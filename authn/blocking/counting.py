"""The statements that count tries: each one conditional write, so that parallel guesses queue up.

A try takes its slot before the secret is looked at. The slot that reaches the limit sets the block
at once; a right answer takes it back. So fifty guesses sent together are no more than fifty sent
in a row, and a crash between taking a slot and judging it errs on the safe side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from identity.kernel.identifiers import uuid7

# NIST SP 800-63B-4 §3.2.2: at most 100 consecutive failures, then only recovery helps.
CONSECUTIVE_LIMIT: Final = 100
# Who has not answered by then was killed: the block that a try set in advance stands.
_LONGEST_JUDGEMENT: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one subject is counted. `window` runs from the first failure or from the last one."""

    limit: int
    window: timedelta
    is_window_from_last: bool
    initial_block: timedelta
    longest_block: timedelta


@dataclass(frozen=True, slots=True)
class Subject:
    """On what is counted; see models.FailureCount."""

    kind: str
    subject: str
    method: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A taken slot. `is_last`: it reached the limit, and the block stands unless it succeeds."""

    id: UUID
    subject: Subject
    level: int
    is_last: bool
    blocked_until: datetime | None


# One slot of one subject. The name of each parameter ends in the subject's number.
_TAKE: Final = """
INSERT INTO blocking_failurecount AS f
  (id, tenant_id, kind, subject, method, count, consecutive, level,
   window_started_at, blocked_until, is_confirmed, updated_at)
SELECT %(id{n})s::uuid, %(tenant)s::uuid, %(kind{n})s, %(subject{n})s, %(method{n})s, 1, 1, 0,
  %(now)s, CASE WHEN %(limit{n})s::int <= 1 THEN %(now)s + %(initial{n})s::interval END,
  %(limit{n})s::int > 1, %(now)s {after}
ON CONFLICT (tenant_id, kind, subject, method) DO UPDATE SET
  count = CASE WHEN {over} THEN 1 ELSE f.count + 1 END,
  consecutive = f.consecutive + 1,
  window_started_at = CASE WHEN {over} THEN excluded.updated_at ELSE f.window_started_at END,
  blocked_until = CASE
    WHEN (CASE WHEN {over} THEN 1 ELSE f.count + 1 END) >= %(limit{n})s::int
    THEN excluded.updated_at
         + least(%(initial{n})s::interval * power(2, least(f.level, 30)), %(longest{n})s::interval)
    END,
  is_confirmed = (CASE WHEN {over} THEN 1 ELSE f.count + 1 END) < %(limit{n})s::int,
  updated_at = excluded.updated_at
WHERE (f.blocked_until IS NULL OR f.blocked_until <= excluded.updated_at)
  AND (f.consecutive < %(closed)s OR f.method = '')
RETURNING f.id, f.level, f.blocked_until
"""
_OVER_FROM_FIRST: Final = (
    "(f.blocked_until IS NOT NULL OR f.window_started_at <= excluded.updated_at"
    " - %(window{n})s::interval)"
)
_OVER_FROM_LAST: Final = (
    "(f.blocked_until IS NOT NULL OR f.updated_at <= excluded.updated_at - %(window{n})s::interval)"
)

# A user's or a device's success clears it; an address only gets its own slot back, so that one's
# own account cannot wash off guesses at others' (BF09). Rows are locked in the order in which
# `take` locks them: addresses before users.
_GIVE_BACK: Final = """
UPDATE blocking_failurecount f SET
  count = CASE WHEN f.kind = 'address' THEN greatest(f.count - 1, 0) ELSE 0 END,
  consecutive = 0,
  level = CASE WHEN f.kind = 'address' THEN f.level ELSE 0 END,
  blocked_until = CASE WHEN f.id = ANY(%(last)s::uuid[]) OR f.kind <> 'address'
                       THEN NULL ELSE f.blocked_until END
FROM (SELECT id FROM blocking_failurecount
      WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::uuid[])
      ORDER BY kind FOR UPDATE) locked
WHERE f.tenant_id = %(tenant)s AND f.id = locked.id
"""


def take(
    *, tenant_id: UUID, claims: Sequence[tuple[Subject, Rule]], now: datetime
) -> tuple[Slot, ...]:
    """Take a slot of each subject, in order, up to the first that is blocked or closed.

    One statement, which commits by itself. Fewer slots than claims: the next claim was refused.
    """
    parameters: dict[str, Any] = {"tenant": tenant_id, "now": now, "closed": CONSECUTIVE_LIMIT}
    for n, (subject, rule) in enumerate(claims):
        parameters |= {
            f"id{n}": uuid7(),
            f"kind{n}": subject.kind,
            f"subject{n}": subject.subject,
            f"method{n}": subject.method,
            f"limit{n}": rule.limit,
            f"window{n}": rule.window,
            f"initial{n}": rule.initial_block,
            f"longest{n}": rule.longest_block,
        }
    with connection.cursor() as cursor:
        cursor.execute(_taking(tuple(rule.is_window_from_last for _, rule in claims)), parameters)
        rows = cursor.fetchall()
    return tuple(
        Slot(row_id, claims[n][0], level, until is not None, until)
        for n, row_id, level, until in rows
    )


@lru_cache(maxsize=8)
def _taking(are_windows_from_last: tuple[bool, ...]) -> str:
    """The statement for so many claims: each one happens only if the one before it did."""
    parts, rows = [], []
    for n, is_from_last in enumerate(are_windows_from_last):
        over = (_OVER_FROM_LAST if is_from_last else _OVER_FROM_FIRST).replace("{n}", str(n))
        after = f"FROM slot{n - 1}" if n else ""
        insert = _TAKE.replace("{over}", over).replace("{after}", after).replace("{n}", str(n))
        parts.append(f"slot{n} AS ({insert})")
        rows.append(f"SELECT {n}, id, level, blocked_until FROM slot{n}")  # noqa: S608 - a number
    return f"WITH {', '.join(parts)} {' UNION ALL '.join(rows)} ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Standing:
    """Why a subject was refused. `is_judged` False: by a try that is still being judged."""

    blocked_until: datetime | None
    is_closed: bool
    is_judged: bool


def standing(*, tenant_id: UUID, subject: Subject, now: datetime) -> Standing:
    """How a refused subject stands now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT blocked_until, consecutive >= %s AND method <> '',"
            " is_confirmed OR updated_at <= %s FROM blocking_failurecount"
            " WHERE tenant_id = %s AND kind = %s AND subject = %s AND method = %s",
            [
                *(CONSECUTIVE_LIMIT, now - _LONGEST_JUDGEMENT, tenant_id),
                *(subject.kind, subject.subject, subject.method),
            ],
        )
        row = cursor.fetchone()
    return Standing(*row) if row else Standing(None, is_closed=False, is_judged=False)


def give_back(*, tenant_id: UUID, slots: tuple[Slot, ...]) -> None:
    """The secret was right: one statement for all slots of the try."""
    with connection.cursor() as cursor:
        cursor.execute(
            _GIVE_BACK,
            {
                "tenant": tenant_id,
                "ids": [slot.id for slot in slots],
                "last": [slot.id for slot in slots if slot.is_last],
            },
        )


def raise_level(*, tenant_id: UUID, slot: Slot) -> None:
    """The block that this slot set is real: the next one lasts twice as long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE blocking_failurecount SET level = least(level + 1, 30), is_confirmed = true"
            " WHERE tenant_id = %s AND id = %s",
            [tenant_id, slot.id],
        )
