"""A key's life: next → active → retired → gone.

A key is published before it signs, longer than any party may keep the JWK Set; it stays published
after it signed, until nothing that it signed is presented any more. Then it is gone, and so is its
private part from the moment it stopped signing.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.utils import timezone

from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel.actors import SYSTEM, Actor
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.keys import events, ring, vault
from tenants.keys.models import KeyAlgorithm, KeyState, SigningKey
from tenants.registry.models import Tenant

JWKS_MAX_AGE: Final = timedelta(minutes=15)
# Parties that refresh once a day, whatever the header says, still see a key before it signs.
PUBLISHED_AHEAD: Final = timedelta(hours=24)
ACTIVE_FOR: Final = timedelta(days=90)
# Access and ID tokens live an hour at most; an expired ID token is still a logout hint for as long
# as the session that it names may last by default.
RETIRED_FOR: Final = timedelta(days=30)


def ensure(*, tenant: Tenant, algorithm: str, actor: Actor) -> SigningKey:
    """The active key of this algorithm, made now if there is none: its first use needs no notice."""
    with tenant_scope(tenant.id), transaction.atomic():
        active = _in_state(tenant.id, algorithm, KeyState.ACTIVE).first()
        if active is not None:
            return active
        _lock(tenant.id, algorithm)
        active = _in_state(tenant.id, algorithm, KeyState.ACTIVE).first()
        if active is not None:
            return active
        key = _made(tenant, algorithm, activates_at=timezone.now())
        _activate(key, timezone.now())
        _record(events.KEY_CREATED, tenant, algorithm, actor, {"activated": key.kid})
        return key


def rotate(
    *,
    tenant: Tenant,
    algorithm: str,
    actor: Actor,
    is_immediate: bool = False,
    is_compromised: bool = False,
    replaces: str | None = None,
) -> SigningKey:
    """Have another key take over; returns the key that does, `next` or already `active`.

    Planned (default): it is published now and signs after PUBLISHED_AHEAD. `is_immediate`: it signs
    now. `is_compromised`: at once too, and the old key is gone, with all that it signed. `replaces`
    is the kid that the caller saw active: if another took over meanwhile nothing changes, so that
    ten callers who want one rotation get one.
    """
    now = timezone.now()
    seen = replaces or _active_kid(tenant, algorithm)
    with tenant_scope(tenant.id), transaction.atomic():
        _lock(tenant.id, algorithm)
        active = _in_state(tenant.id, algorithm, KeyState.ACTIVE).first()
        if active is not None and active.kid != seen:
            return active
        following = _in_state(tenant.id, algorithm, KeyState.NEXT).first()
        is_now = is_immediate or is_compromised or active is None
        if following is not None and not is_now:
            return following
        steps: dict[str, str] = {}
        if following is None:
            following = _made(
                tenant, algorithm, activates_at=now if is_now else now + PUBLISHED_AHEAD
            )
            steps["published"] = following.kid
        if is_now:
            if active is not None:
                _retire(active, now)
                steps["retired"] = active.kid
                if is_compromised:
                    _remove(active, now)
                    steps["gone"] = active.kid
            _activate(following, now)
            steps["activated"] = following.kid
        _record(events.KEYS_ROTATED, tenant, algorithm, actor, steps)
        return following


def run_due() -> int:
    """Take every step whose time has come, in all tenants; returns how many rings changed.

    Run by the worker every few minutes. Running it twice at once, or late, does no harm: a key
    goes on signing until another has taken over.
    """
    with platform_scope():
        due = list(
            SigningKey.objects.filter(_is_due(timezone.now()))
            .values_list("tenant_id", "algorithm")
            .distinct()
        )
        tenants = Tenant.objects.in_bulk([tenant_id for tenant_id, _ in due])
    changed = 0
    for tenant_id, algorithm in due:
        if tenant_id in tenants and _advance(tenants[tenant_id], algorithm):
            changed += 1
    return changed


def _is_due(now: datetime) -> models.Q:
    return (
        models.Q(state=KeyState.NEXT, activates_at__lte=now)
        | models.Q(state=KeyState.ACTIVE, retires_at__lte=now + PUBLISHED_AHEAD)
        | models.Q(state=KeyState.RETIRED, retired_at__lte=now - RETIRED_FOR)
    )


def _advance(tenant: Tenant, algorithm: str) -> bool:
    with tenant_scope(tenant.id), transaction.atomic():
        _lock(tenant.id, algorithm)
        now = timezone.now()
        steps: dict[str, str] = {}
        active = _in_state(tenant.id, algorithm, KeyState.ACTIVE).first()
        following = _in_state(tenant.id, algorithm, KeyState.NEXT).first()
        if following is not None and following.activates_at <= now:
            if active is not None:
                _retire(active, now)
                steps["retired"] = active.kid
            _activate(following, now)
            steps["activated"] = following.kid
        elif following is None and active is not None and _ends_soon(active, now):
            ahead = now + PUBLISHED_AHEAD
            made = _made(tenant, algorithm, activates_at=max(ahead, active.retires_at or ahead))
            steps["published"] = made.kid
        retired = _in_state(tenant.id, algorithm, KeyState.RETIRED)
        for key in retired.filter(retired_at__lte=now - RETIRED_FOR):
            _remove(key, now)
            steps["gone"] = key.kid
        if steps:
            _record(events.KEYS_ROTATED, tenant, algorithm, SYSTEM, steps)
        return bool(steps)


def _ends_soon(active: SigningKey, now: datetime) -> bool:
    return active.retires_at is not None and active.retires_at <= now + PUBLISHED_AHEAD


def _active_kid(tenant: Tenant, algorithm: str) -> str | None:
    with tenant_scope(tenant.id):
        active = _in_state(tenant.id, algorithm, KeyState.ACTIVE)
        return active.values_list("kid", flat=True).first()


def _in_state(tenant_id: UUID, algorithm: str, state: KeyState) -> "models.QuerySet[SigningKey]":
    return SigningKey.objects.filter(tenant_id=tenant_id, algorithm=algorithm, state=state)


def _lock(tenant_id: UUID, algorithm: str) -> None:
    # Until the end of the transaction. A row lock would not do: the first key has no row yet.
    name = f"signing_key/{tenant_id}/{KeyAlgorithm(algorithm)}"
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _made(tenant: Tenant, algorithm: str, *, activates_at: datetime) -> SigningKey:
    key = vault.new_key(tenant_id=tenant.id, algorithm=algorithm, subject=f"Signet {tenant.slug}")
    key.state = KeyState.NEXT
    key.activates_at = activates_at
    key.save(force_insert=True)
    return key


def _activate(key: SigningKey, now: datetime) -> None:
    key.state = KeyState.ACTIVE
    key.activated_at = now
    key.retires_at = now + ACTIVE_FOR
    key.save(update_fields=["state", "activated_at", "retires_at"])


def _retire(key: SigningKey, now: datetime) -> None:
    key.state = KeyState.RETIRED
    key.retired_at = now
    key.private_sealed = ""  # it never signs again: what is not there cannot be stolen
    key.save(update_fields=["state", "retired_at", "private_sealed"])


def _remove(key: SigningKey, now: datetime) -> None:
    key.state = KeyState.GONE
    key.gone_at = now
    key.save(update_fields=["state", "gone_at"])


def _record(
    event: EventType, tenant: Tenant, algorithm: str, actor: Actor, steps: dict[str, str]
) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=tenant.id,
        subject=recording.Subject("signing_key", None, algorithm),
        data={"algorithm": str(algorithm), **steps},
    )
    ring.invalidate(tenant.id)
