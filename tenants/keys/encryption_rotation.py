"""An encryption key's life: published, named in challenges, opening for a day longer, destroyed."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.utils import timezone

from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel import cipher
from identity.kernel.actors import SYSTEM, Actor
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.keys import encryption, events
from tenants.keys.base64url import encoded
from tenants.keys.models import EncryptionKey
from tenants.registry.models import Tenant

NAMED_FOR: Final = timedelta(days=90)
# Twice as long as a page may keep the set: it knows a key before a challenge names it.
PUBLISHED_AHEAD: Final = 2 * encryption.MAX_AGE


def ensure(*, tenant: Tenant, actor: Actor) -> EncryptionKey:
    """The tenant's newest key, made now if there is none: its first use needs no notice."""
    with tenant_scope(tenant.id), transaction.atomic():
        _lock(tenant.id)
        newest = _newest(tenant.id)
        if newest is not None:
            return newest
        key = _made(tenant.id, activates_at=timezone.now())
        _record(events.ENCRYPTION_KEY_CREATED, tenant, actor, {"published": key.kid})
        return key


def rotate(*, tenant: Tenant, actor: Actor, is_compromised: bool = False) -> EncryptionKey:
    """Have another key take over; returns it. One that waits already is not followed by a third.

    It is named after PUBLISHED_AHEAD, and the one before it opens until a day after that.
    `is_compromised`: it is named at once, and the others are destroyed with all that was sealed to
    them; pages that kept the old set load it again.
    """
    now = timezone.now()
    with tenant_scope(tenant.id), transaction.atomic():
        _lock(tenant.id)
        newest = _newest(tenant.id)
        if newest is not None and newest.activates_at > now and not is_compromised:
            return newest
        steps: dict[str, Any] = {}
        activates_at = now if is_compromised or newest is None else now + PUBLISHED_AHEAD
        if is_compromised:
            steps["destroyed"] = _destroyed(EncryptionKey.objects.filter(tenant=tenant))
        elif newest is not None:
            newest.retires_at = activates_at
            newest.save(update_fields=["retires_at"])
            steps["retired"] = newest.kid
        key = _made(tenant.id, activates_at=activates_at)
        _record(events.ENCRYPTION_KEYS_ROTATED, tenant, actor, {**steps, "published": key.kid})
        return key


def run_due() -> int:
    """Follow each key that is named for 90 days, destroy each that opens no more, in all tenants;
    returns how many tenants' keys changed. Late or twice at once does no harm."""
    now = timezone.now()
    is_old = models.Q(retires_at=None, activates_at__lte=now - NAMED_FOR + PUBLISHED_AHEAD)
    with platform_scope():
        due = EncryptionKey.objects.filter(is_old | _is_spent(now))
        tenants = Tenant.objects.in_bulk(due.values_list("tenant_id", flat=True).distinct())
    return sum(_advance(tenant) for tenant in tenants.values())


def _advance(tenant: Tenant) -> bool:
    now = timezone.now()
    with tenant_scope(tenant.id), transaction.atomic():
        _lock(tenant.id)
        steps: dict[str, Any] = {}
        newest = _newest(tenant.id)
        if newest is not None and newest.activates_at <= now - NAMED_FOR + PUBLISHED_AHEAD:
            newest.retires_at = max(newest.activates_at + NAMED_FOR, now + PUBLISHED_AHEAD)
            newest.save(update_fields=["retires_at"])
            steps["retired"] = newest.kid
            steps["published"] = _made(tenant.id, activates_at=newest.retires_at).kid
        if kids := _destroyed(EncryptionKey.objects.filter(_is_spent(now), tenant=tenant)):
            steps["destroyed"] = kids
        if steps:
            _record(events.ENCRYPTION_KEYS_ROTATED, tenant, SYSTEM, steps)
        return bool(steps)


def _is_spent(now: datetime) -> models.Q:
    return models.Q(retires_at__lte=now - encryption.OPENS_FOR)


def _destroyed(keys: "models.QuerySet[EncryptionKey]") -> list[str]:
    kids = sorted(keys.values_list("kid", flat=True))
    keys.delete()
    return kids


def _newest(tenant_id: UUID) -> EncryptionKey | None:
    return EncryptionKey.objects.filter(tenant_id=tenant_id, retires_at=None).first()


def _made(tenant_id: UUID, *, activates_at: datetime) -> EncryptionKey:
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    kid = encoded(encryption.hash_of(public)[: encryption.KEY_ID_BYTES]).decode()
    return EncryptionKey.objects.create(
        tenant_id=tenant_id,
        kid=kid,
        public=public,
        private_sealed=cipher.seal(
            private.private_bytes_raw(), encryption.place_of(tenant_id, kid)
        ),
        activates_at=activates_at,
    )


def _lock(tenant_id: UUID) -> None:
    # Until the end of the transaction; the first key has no row to lock yet.
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"encryption_key/{tenant_id}"]
        )


def _record(event: EventType, tenant: Tenant, actor: Actor, steps: dict[str, Any]) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=tenant.id,
        subject=recording.Subject("encryption_key"),
        data=steps,
    )
    encryption.invalidate(tenant.id)
