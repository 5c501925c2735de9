"""Guesses at a client's secret: counted per client and address, looked up without a statement.

A client secret holds at least 24 random characters, so a right answer needs no reserved slot and
costs no write; wrong ones are counted in Postgres, and the blocks that follow are known to every
process within a second. The same client from another address goes on working (CA10).
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from authn.blocking import counting
from authn.blocking.counting import Rule, Subject
from authn.blocking.guard import Stopped
from authn.blocking.models import FailureCount, SubjectKind
from identity.kernel.actors import Origin
from identity.kernel.addresses import bucket
from identity.tenancy.caching import TenantCache
from tenants.registry.models import Tenant

_blocked: TenantCache[dict[str, datetime]] = TenantCache("blocking.clients")


def check(*, tenant: Tenant, client_id: str, origin: Origin) -> Stopped | None:
    """Stopped while this address is blocked for this client; costs no statement on a warm cache."""
    until = _blocks_of(tenant.id).get(_subject(client_id, origin))
    if until is None:
        return None
    left = (until - timezone.now()).total_seconds()
    return Stopped(int(left + 0.999), SubjectKind.CLIENT) if left > 0 else None


def fail(*, tenant: Tenant, client_id: str, origin: Origin) -> None:
    """Count a wrong secret; unknown clients are counted like known ones."""
    policy = tenant.policy.block
    rule = Rule(
        policy.user_attempts_limit,
        timedelta(seconds=policy.user_timeframe_seconds),
        is_window_from_last=False,
        initial_block=timedelta(seconds=policy.initial_block_seconds),
        longest_block=timedelta(minutes=policy.max_block_time_minutes),
    )
    subject = Subject(SubjectKind.CLIENT, _subject(client_id, origin))
    slots = counting.take(tenant_id=tenant.id, claims=[(subject, rule)], now=timezone.now())
    for slot in slots:
        if slot.is_last:
            counting.raise_level(tenant_id=tenant.id, slot=slot)
            _blocked.invalidate(tenant.id)


def _blocks_of(tenant_id: UUID) -> dict[str, datetime]:
    return _blocked.get((tenant_id,), lambda: _load(tenant_id)) or {}


def _load(tenant_id: UUID) -> dict[str, datetime]:
    rows = FailureCount.objects.filter(
        tenant_id=tenant_id, kind=SubjectKind.CLIENT, blocked_until__gt=timezone.now()
    ).values_list("subject", "blocked_until")
    return {subject: until for subject, until in rows if until is not None}


def _subject(client_id: str, origin: Origin) -> str:
    text = f"{client_id}|{bucket(origin.ip or '')}"
    return hashlib.sha256(text.encode()).hexdigest()
