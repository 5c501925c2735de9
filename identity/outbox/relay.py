"""Delivering what is due: the same loop under `manage.py worker` and under Celery."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from typing import Final
from uuid import UUID

from identity.kernel.outbound import Unreachable
from identity.outbox import claiming, handlers, lanes
from identity.outbox.handlers import Delivery, NotNow, Unavailable, Undeliverable
from identity.tenancy.scope import Scope, platform_scope, tenant_scope

_log = logging.getLogger(__name__)

# What a handler may take. A delivery is not begun that could outlast its lease.
DELIVERY_SECONDS_MAX: Final = 20.0


def _never() -> bool:
    return False


def drain(is_stopping: Callable[[], bool] = _never) -> int:
    """Afterwards nothing is due that this relay may take, or it was asked to stop: it then ends
    the delivery it is at and puts back the others. Returns how many attempts were made."""
    attempts = 0
    while not is_stopping():
        made = run_once(is_stopping)
        attempts += made
        if not made:
            break
    return attempts


def run_once(is_stopping: Callable[[], bool] = _never) -> int:
    """Claim one batch and deliver it. Returns how many attempts were made."""
    with platform_scope():
        begun_at = monotonic()
        claim = claiming.claim()
        last_start = begun_at + claiming.LEASE.total_seconds() - DELIVERY_SECONDS_MAX
        silent: set[tuple[UUID | None, str]] = set()
        attempts = 0
        for place, delivery in enumerate(claim.deliveries):
            if is_stopping() or monotonic() > last_start:
                claiming.release(claim.deliveries[place:], claim.token)
                break
            lane = delivery.tenant_id, delivery.destination
            if lane in silent:
                claiming.release([delivery], claim.token)
                continue
            attempts += 1
            if not _deliver(delivery, claim.token):
                silent.add(lane)
                lanes.rest(delivery)
            elif delivery.id in claim.probes:
                lanes.wake(delivery)
        return attempts


def _deliver(delivery: Delivery, token: UUID) -> bool:
    """False if the receiver does not answer, whatever is sent to it."""
    where = {"message_id": str(delivery.id), "topic": delivery.topic, "attempt": delivery.attempt}
    is_answered = True
    try:
        _hand_over(delivery)
    except Undeliverable as problem:
        is_held = claiming.give_up(delivery, token, str(problem))
        _log.error("message given up", extra=where)
    except NotNow as problem:
        is_answered = not isinstance(problem, Unavailable)
        is_held = _failed(delivery, token, str(problem))
        _log.warning("message not delivered now", extra=where)
    except Exception as problem:  # noqa: BLE001 - a handler at fault must not end the relay
        # What a foreign exception says may hold what was to be delivered; only its name is kept.
        is_held = _failed(delivery, token, type(problem).__name__)
        _log.exception("the handler of a message failed", extra=where)
    else:
        is_held = claiming.finish(delivery, token)
    if not is_held:
        _log.warning("lease was lost while delivering", extra=where)
    return is_answered


def _hand_over(delivery: Delivery) -> None:
    if delivery.attempt > claiming.ATTEMPTS_MAX:
        # Every attempt began and none ended: it took its worker down each time.
        raise Undeliverable("the worker did not survive delivering it")
    handler = handlers.find(delivery.topic)
    if handler is None:
        raise NotNow(f"no handler for {delivery.topic} in this release")
    try:
        with _scope_of(delivery):
            handler.deliver(delivery)
    except Unreachable as problem:
        raise Unavailable(problem.detail) from problem


def _scope_of(delivery: Delivery) -> AbstractContextManager[Scope]:
    return platform_scope() if delivery.tenant_id is None else tenant_scope(delivery.tenant_id)


def _failed(delivery: Delivery, token: UUID, error: str) -> bool:
    if delivery.attempt >= claiming.ATTEMPTS_MAX:
        return claiming.give_up(delivery, token, error)
    return claiming.postpone(delivery, token, error)
