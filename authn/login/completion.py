"""The last move: an attempt completes and a session opens, in one transaction."""

from collections.abc import Sequence
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from authn.login import assurance, attempts, events, places, requirements
from authn.login.models import LoginAttempt
from authn.login.outcomes import Completed, Expired, Outcome
from authn.sessions import lifecycle
from authn.sessions.cookies import ACCOUNTS_PER_TENANT
from authn.sessions.models import EndReason, LoginSession
from identity.audit import recording
from identity.kernel.actors import Actor, ActorKind, Origin
from identity.kernel.identifiers import uuid7
from tenants.registry.models import Tenant
from tenants.users import accounts
from tenants.users.models import User


class Ending(Protocol):
    """What happens when an attempt owes nothing any more."""

    def __call__(
        self, *, tenant: Tenant, attempt: LoginAttempt, origin: Origin, held: Sequence[LoginSession]
    ) -> Outcome:
        """Finish the attempt, inside the transaction of its last proof."""


@transaction.atomic
def complete(
    *, tenant: Tenant, attempt: LoginAttempt, origin: Origin, held: Sequence[LoginSession]
) -> Completed | Expired:
    """The attempt is completed by a new session of its user; Expired if it moved meanwhile.

    A session of the same person in the same browser is replaced; a sixth account pushes out the
    one used longest ago. A device or country that is new to the person is told to them by mail.
    """
    user = attempt.user
    if user is None:
        raise RuntimeError("nobody can complete a sign-in")
    session_id = uuid7()
    if not attempts.finish(attempt=attempt, session_id=session_id):
        return Expired()
    actor = actor_of(user, origin)
    is_first = user.last_sign_in_at is None
    # Locks the person's row first: a flood of sign-ins stands in line, and the cap holds (SE13).
    accounts.note_sign_in(user=user, at=timezone.now())
    replaced = next((session for session in held if session.user_id == user.id), None)
    opened = lifecycle.open(
        tenant=tenant,
        user=user,
        amr=attempt.amr,
        acr=assurance.acr_for(attempt.amr),
        auth_time=attempt.proved_at or timezone.now(),
        origin=origin,
        replaces=replaced,
        session_id=session_id,
    )
    attempt.session = opened.session
    others = tuple(session for session in held if replaced is None or session.pk != replaced.pk)
    for surplus in others[ACCOUNTS_PER_TENANT - 1 :]:
        lifecycle.end(session=surplus, reason=EndReason.SURPLUS, actor=actor)
    places.visit(tenant=tenant, user=user, session=opened.session, origin=origin, is_first=is_first)
    recording.record(
        events.LOGIN_COMPLETED,
        actor=actor,
        tenant_id=tenant.id,
        subject=recording.Subject("user", user.id, user.username),
        data={
            "session": str(session_id),
            "client": str(attempt.client_id or ""),
            "face": attempt.face,
            "methods": list(attempt.methods),
            "replaces": str(replaced.id) if replaced else "",
        },
    )
    return Completed(attempt, opened, others[: ACCOUNTS_PER_TENANT - 1])


@transaction.atomic
def adopt(*, tenant: Tenant, attempt: LoginAttempt, session: LoginSession, origin: Origin) -> bool:
    """The attempt is completed by a session that this browser holds already ("continue as").

    False if the session is not good enough for what was asked, or the attempt moved meanwhile.
    `session` must come from `cookies.sessions_of` of the browser that owns the attempt.
    """
    if not attempt.is_open or not requirements.of(attempt).are_met_by(session):
        return False
    user = session.user
    if user.is_disabled or not lifecycle.is_live(session, tenant):
        return False
    attempt.user, attempt.methods, attempt.amr = user, [], list(session.amr)
    attempt.proved_at = session.auth_time
    if not attempts.finish(attempt=attempt, session_id=session.id, is_by_proof=False):
        return False
    attempt.session = session
    recording.record(
        events.LOGIN_CONTINUED,
        actor=actor_of(user, origin),
        tenant_id=tenant.id,
        subject=recording.Subject("user", user.id, user.username),
        data={"session": str(session.id), "client": str(attempt.client_id or "")},
    )
    return True


def actor_of(user: User, origin: Origin) -> Actor:
    """The person as an actor."""
    return Actor(
        ActorKind.USER,
        id=user.id,
        label=user.username,
        tenant_id=user.tenant_id,
        roles=frozenset(user.roles),
        origin=origin,
    )
