"""Asking for a new picture by mail, and setting it (contract 2.4 operations 9 and 10)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction

from authn.authenticators.zkp import enrolment
from authn.authenticators.zkp.encoding import prefixed
from authn.authenticators.zkp.enrolment import Offer
from authn.authenticators.zkp.messages import Envelope
from authn.authenticators.zkp.transcript import Exchange, Purpose
from authn.blocking import guard
from authn.login import refusals
from authn.login.completion import actor_of
from authn.login.evidence import NONE, Evidence
from authn.login.outcomes import Failed, Stopped
from authn.recovery import codes, events, topics
from authn.sessions import lifecycle
from authn.sessions.models import EndReason
from identity.audit import recording
from identity.kernel.actors import Origin, anonymous
from identity.kernel.text import fold
from identity.outbox import mail
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts, identifiers
from tenants.users.models import User

_ACT: Final = "reset"
_METHOD: Final = "mailed_code"
# Where a letter that is never written would go.
_NOWHERE: Final = "nobody@invalid.invalid"


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter is on its way, or not: nobody is told."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The new picture opens the account; nobody is signed in by it (PR06)."""


def request(*, tenant: Tenant, username: str, email: str, origin: Origin) -> Asked | Stopped:
    """Afterwards a code is on its way, if `email` is the address of whoever `username` names.

    The same statements and the same answer for all others: their letter is queued too, and found
    empty when it is written. Three an hour for one account, some for one address of the network.
    """
    found = identifiers.find(tenant=tenant, text=username)
    is_right = found is not None and not found.is_disabled and found.email_key == fold(email)
    user = found if is_right else None
    with tenant_scope(tenant.id):
        stopped = guard.admit(tenant=tenant, origin=origin, act=_ACT)
        if stopped is not None:
            return Stopped(stopped.retry_after_seconds)
        # Nobody's requests are bounded under a made-up account: one name, three an hour.
        about = user.id if user else uuid5(tenant.id, fold(username)[:512])
        _queue(tenant, user, about, origin)
    return Asked()


@transaction.atomic
def _queue(tenant: Tenant, user: User | None, about: UUID, origin: Origin) -> None:
    mail.send(
        topics.PASSWORD_RESET,
        recipient=user.email if user else _NOWHERE,
        context={"user": str(about)},
        tenant_id=tenant.id,
        about=about,
    )
    recording.record(
        events.RESET_REQUESTED,
        actor=anonymous(origin, tenant.id),
        tenant_id=tenant.id,
        subject=recording.Subject(
            "user", user.id if user else None, user.username if user else "unknown name"
        ),
    )


def confirm(
    *,
    tenant: Tenant,
    exchange: Exchange,
    code: str,
    envelope: Envelope,
    origin: Origin,
    evidence: Evidence = NONE,
) -> Reset | Failed | Stopped:
    """Afterwards the new picture is the person's, their address is theirs, and all sessions and
    grants are over. Also how somebody whom an operator made gets their first picture.

    The proofs are judged first: a code costs a try only from who did the whole work. Unknown names
    and wrong codes are one answer. Run it outside transactions.
    """
    user = identifiers.find(tenant=tenant, text=exchange.username)
    if user is not None and fold(exchange.username) not in {user.username_key, user.email_key}:
        user = None  # white space around a name: a proof names exactly its bearer
    with tenant_scope(tenant.id):
        offer = enrolment.examine(
            tenant=tenant,
            user=user,
            exchange=exchange,
            envelope=envelope,
            purpose=Purpose.RESET,
            origin=origin,
            stated=prefixed(code),
        )
        if not isinstance(offer, Offer):
            return refusals.noted(offer, tenant=tenant, user=user, origin=origin, act=_ACT)
        permit = guard.reserve(
            tenant=tenant,
            origin=origin,
            user=user,
            identifier=exchange.username,
            method=_METHOD,
        )
        if isinstance(permit, guard.Stopped):
            return refusals.noted(permit, tenant=tenant, user=user, origin=origin, act=_ACT)
        if not _set(tenant, user, code, offer, origin=origin, evidence=evidence):
            guard.fail(permit=permit, actor=anonymous(origin, tenant.id))
            refusals.note("wrong_code", tenant=tenant, user=user, origin=origin, act=_ACT)
            return Failed(refusals.CODE)
        guard.succeed(permit=permit)
        return Reset()


@transaction.atomic
def _set(
    tenant: Tenant,
    user: User | None,
    code: str,
    offer: Offer,
    *,
    origin: Origin,
    evidence: Evidence,
) -> bool:
    is_right = codes.redeem(tenant_id=tenant.id, user=user, typed=code)
    if user is None or not is_right or user.is_disabled:
        return False
    actor = actor_of(user, origin)
    enrolment.replace(user=user, offer=offer, actor=actor)
    # A first picture replaces none, but whoever was in by another way is out too (PR06).
    lifecycle.end_all(user=user, reason=EndReason.CREDENTIAL_CHANGED, actor=actor)
    evidence.keep(user=user, act=_ACT)
    accounts.mark_verified(user=user, actor=actor)
    return True
