"""What is blocked now, what was, and lifting it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from authn.blocking import events
from authn.blocking.models import Block, FailureCount, SubjectKind
from identity.audit import recording
from identity.kernel.actors import Actor
from identity.kernel.errors import NotFound
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User

HISTORY: Final = timedelta(days=30)
_PRUNE_BATCH: Final = 5_000


def running(tenant: Tenant) -> "models.QuerySet[Block]":
    """Blocks of a tenant that stand now, newest first."""
    return Block.objects.filter(tenant=tenant, lifted_at=None, ends_at__gt=timezone.now()).order_by(
        "-blocked_at"
    )


def lift(*, block: Block, actor: Actor) -> None:
    """End a running block now. Afterwards the subject starts from zero, its level included.

    Raises NotFound if the block has ended already.
    """
    with tenant_scope(block.tenant_id), transaction.atomic():
        now = timezone.now()
        lifted = Block.objects.filter(
            tenant_id=block.tenant_id, id=block.id, lifted_at=None, ends_at__gt=now
        ).update(lifted_at=now, lifted_by=actor.label[:200])
        if not lifted:
            raise NotFound("This block has ended")
        _clear(block.tenant_id, block.kind, block.subject, block.method)
        recording.record(
            events.BLOCK_LIFTED,
            actor=actor,
            tenant_id=block.tenant_id,
            subject=recording.Subject("block", block.id, block.kind),
        )


def reopen(*, user: User, method: str, actor: Actor) -> None:
    """Open a method that 100 consecutive failures closed: recovery or an operator did so."""
    with tenant_scope(user.tenant_id), transaction.atomic():
        _clear(user.tenant_id, SubjectKind.USER, str(user.id), method)
        recording.record(
            events.METHOD_REOPENED,
            actor=actor,
            tenant_id=user.tenant_id,
            subject=recording.Subject("user", user.id, user.username),
            data={"method": method},
        )


def prune() -> int:
    """Delete history older than 30 days and counters nobody touched since; returns rows deleted.

    For space only: whether a block stands is decided by reading its times.
    """
    before = timezone.now() - HISTORY
    deleted = 0
    with platform_scope():
        for rows in (
            Block.objects.filter(ends_at__lt=before),
            # A closed method stays closed until recovery, however long ago it was.
            FailureCount.objects.filter(updated_at__lt=before, consecutive__lt=100),
        ):
            while True:
                ids = list(rows.values_list("id", flat=True)[:_PRUNE_BATCH])
                deleted += rows.model._default_manager.filter(id__in=ids).delete()[0]
                if len(ids) < _PRUNE_BATCH:
                    break
    return deleted


def _clear(tenant_id: UUID, kind: str, subject: str, method: str) -> None:
    FailureCount.objects.filter(
        tenant_id=tenant_id, kind=kind, subject=subject, method=method
    ).update(count=0, consecutive=0, level=0, blocked_until=None)
