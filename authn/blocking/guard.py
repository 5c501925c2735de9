"""The one guard on the one path of every secret (contract 2.8, security.md 3.12).

    permit = guard.reserve(...)          # before the secret is evaluated; commits by itself
    if isinstance(permit, Stopped): …    # 429 + Retry-After, right and wrong answers alike
    guard.succeed(permit=permit)  or  guard.fail(permit=permit, actor=…)

`reserve` must run outside any transaction: its row would stay locked while a password is hashed.
"""

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from authn.blocking import counting, events
from authn.blocking.counting import Rule, Slot, Subject
from authn.blocking.models import Block, SubjectKind
from identity.audit import recording
from identity.kernel.actors import Actor, Origin
from identity.kernel.addresses import bucket
from identity.kernel.cipher import subkey
from identity.kernel.text import fold
from tenants.registry.models import Tenant
from tenants.registry.policy import BlockPolicy
from tenants.users.models import User

# Together 2.4 s, a little more than a judgement may last; an attack ends it with its first wrong answer.
_PATIENCE: Final = 60
_PAUSE_SECONDS: Final = 0.04
# Methods that anybody can guess at by knowing a name: their block closes only themselves (BF14).
GUESSED_BY_NAME: Final = frozenset({"password", "mailed_code"})
_SUBJECT_CHARACTERS: Final = 64
_UNLIMITED: Final = Rule(
    2_000_000_000,
    timedelta(days=1),
    is_window_from_last=True,
    initial_block=timedelta(seconds=1),
    longest_block=timedelta(seconds=1),
)
# An office behind one address on the morning after a holiday; 3 letters an hour for each account
# are bounded elsewhere.
_ASKED: Final = Rule(
    60,
    timedelta(hours=1),
    is_window_from_last=False,
    initial_block=timedelta(hours=1),
    longest_block=timedelta(hours=1),
)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to evaluate one secret, once."""

    tenant_id: UUID
    slots: tuple[Slot, ...]
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """No secret is looked at now. `retry_after_seconds` is at least 1.

    `is_judged` False: the block was set in advance by a try whose secret is being looked at.
    """

    retry_after_seconds: int
    kind: str
    is_judged: bool = True


def reserve(
    *,
    tenant: Tenant,
    origin: Origin,
    user: User | None,
    identifier: str,
    method: str,
    device: str = "",
) -> Permit | Stopped:
    """Take the slots that a try at `method` needs, or say for how long there are none.

    `identifier` is what was typed: unknown names are counted under its keyed digest, so that they
    are stopped exactly as real ones are (EN11). `device` is the nonce of this browser's valid
    device cookie of this user: the try then counts on the cookie alone, and passes the blocks of
    its address and of guesses by name.
    """
    subjects = _subjects(
        tenant.policy.block, origin, device=device, name=_name(user, identifier), method=method
    )
    taken = _taken(tenant.id, subjects)
    if isinstance(taken, Stopped):
        return taken
    return Permit(tenant.id, taken, user.id if user else None)


def reserve_origin(*, tenant: Tenant, origin: Origin, device: str = "") -> Permit | Stopped:
    """The first half of `reserve`, for a proof of two parts: the slot of the address (or of the
    device cookie) alone.

    A stranger who only knows a name spends nothing but this, so nobody is locked out by name.
    """
    subjects = _subjects(tenant.policy.block, origin, device=device, name="", method="")
    taken = _taken(tenant.id, subjects[:1])
    return taken if isinstance(taken, Stopped) else Permit(tenant.id, taken, None)


def reserve_person(
    *, permit: Permit, tenant: Tenant, origin: Origin, user: User | None, method: str
) -> Permit | Stopped:
    """The second half: `permit` and the slot of `user`, whose first part was right.

    None, and whoever was let in by a device cookie, costs the same statement on a row that stops
    nobody: time must not tell who is there. Where the person is blocked, the first slot goes back.
    """
    first = permit.slots[0].subject
    if user is None or first.kind == SubjectKind.DEVICE:
        nobody = Subject(SubjectKind.ADDRESS, f"~{first.subject}"[:_SUBJECT_CHARACTERS])
        _take_all(tenant.id, [(nobody, _UNLIMITED)])
        return permit
    subjects = _subjects(
        tenant.policy.block, origin, device="", name=_name(user, ""), method=method
    )
    taken = _taken(tenant.id, subjects[1:])
    if isinstance(taken, Stopped):
        counting.give_back(tenant_id=tenant.id, slots=permit.slots)
        return taken
    return Permit(tenant.id, (*permit.slots, *taken), user.id)


def admit(*, tenant: Tenant, origin: Origin, act: str) -> Stopped | None:
    """Count a request that makes us send mail; None lets it pass, up to a bound for each network
    address and hour (PR09). It counts apart from failures: asking is no wrong answer.
    """
    subject = Subject(SubjectKind.ADDRESS, f"{act}~{bucket(origin.ip or '')}"[:_SUBJECT_CHARACTERS])
    taken = _take_all(tenant.id, [(subject, _ASKED)])
    return taken if isinstance(taken, Stopped) else None


def begins_first_block_of_person(permit: Permit) -> bool:
    """Whether `fail(permit)` begins a block of the person that follows no other."""
    return any(
        slot.is_last and slot.level == 0 and slot.subject.kind == SubjectKind.USER
        for slot in permit.slots
    )


def succeed(*, permit: Permit) -> None:
    """The secret was right: the user's counters are cleared, the address gets its slot back."""
    counting.give_back(tenant_id=permit.tenant_id, slots=permit.slots)


def fail(*, permit: Permit, actor: Actor) -> bool:
    """The secret was wrong: the slots stay taken. True if this failure began a block."""
    last = [slot for slot in permit.slots if slot.is_last]
    if not last:
        return False
    with transaction.atomic():
        for slot in last:
            _begin_block(permit, slot, actor)
    return True


def _taken(tenant_id: UUID, subjects: Sequence[tuple[Subject, Rule]]) -> tuple[Slot, ...] | Stopped:
    stopped = Stopped(1, "")
    for _ in range(_PATIENCE):
        taken = _take_all(tenant_id, subjects)
        if not isinstance(taken, Stopped):
            return taken
        stopped = taken
        if stopped.is_judged:
            break
        # Everybody behind one address, signing in at one moment: the last slot is out, and most
        # likely comes back as soon as its password turns out right.
        time.sleep(_PAUSE_SECONDS)
    return stopped


def _take_all(
    tenant_id: UUID, subjects: Sequence[tuple[Subject, Rule]]
) -> tuple[Slot, ...] | Stopped:
    now = timezone.now()
    slots = counting.take(tenant_id=tenant_id, claims=subjects, now=now)
    if len(slots) == len(subjects):
        return slots
    if slots:
        counting.give_back(tenant_id=tenant_id, slots=slots)
    subject, rule = subjects[len(slots)]
    return _stopped(tenant_id, subject, rule, now)


def _subjects(
    policy: BlockPolicy, origin: Origin, *, device: str, name: str, method: str
) -> list[tuple[Subject, Rule]]:
    initial = timedelta(seconds=policy.initial_block_seconds)
    longest = timedelta(minutes=policy.max_block_time_minutes)
    by_address = Rule(
        policy.ip_attempts_limit,
        timedelta(minutes=policy.ip_attempts_reset_minutes),
        is_window_from_last=True,
        initial_block=initial,
        longest_block=longest,
    )
    by_user = Rule(
        policy.user_attempts_limit,
        timedelta(seconds=policy.user_timeframe_seconds),
        is_window_from_last=False,
        initial_block=initial,
        longest_block=longest,
    )
    if device:
        return [(Subject(SubjectKind.DEVICE, device), by_address)]
    named_method = method if method in GUESSED_BY_NAME else ""
    return [
        (Subject(SubjectKind.ADDRESS, bucket(origin.ip or "")), by_address),
        (Subject(SubjectKind.USER, name, named_method), by_user),
    ]


def _name(user: User | None, identifier: str) -> str:
    if user is not None:
        return str(user.id)
    key = subkey("blocking/unknown-name")
    return hmac.digest(key, fold(identifier.strip()).encode(), hashlib.sha256).hex()[:36]


def _stopped(tenant_id: UUID, subject: Subject, rule: Rule, now: datetime) -> Stopped:
    found = counting.standing(tenant_id=tenant_id, subject=subject, now=now)
    if found.is_closed:
        return Stopped(int(rule.longest_block.total_seconds()), subject.kind)
    left = (found.blocked_until - now).total_seconds() if found.blocked_until else 0
    # Nothing left: the slot came back between the two statements.
    return Stopped(max(1, int(left + 0.999)), subject.kind, found.is_judged and left > 0)


def _begin_block(permit: Permit, slot: Slot, actor: Actor) -> None:
    now = timezone.now()
    ends_at = slot.blocked_until or now
    is_user = slot.subject.kind == SubjectKind.USER
    counting.raise_level(tenant_id=permit.tenant_id, slot=slot)
    Block.objects.create(
        tenant_id=permit.tenant_id,
        kind=slot.subject.kind,
        subject=slot.subject.subject,
        method=slot.subject.method,
        user_id=permit.user_id if is_user else None,
        block_seconds=max(1, round((ends_at - now).total_seconds())),
        ends_at=ends_at,
    )
    recording.record(
        events.BLOCK_STARTED,
        actor=actor,
        tenant_id=permit.tenant_id,
        subject=recording.Subject(
            "user" if is_user else slot.subject.kind,
            permit.user_id if is_user else None,
            slot.subject.method,
        ),
        reason=f"{slot.subject.kind}_limit",
        facts={"address": slot.subject.subject} if slot.subject.kind == SubjectKind.ADDRESS else {},
        data={"block_seconds": round((ends_at - now).total_seconds()), "level": slot.level},
    )
