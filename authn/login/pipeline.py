"""The only mover of an attempt. Pages and API faces are two doors to it.

For each answer: guard before, audit after, plan read again. An attempt is moved by one conditional
UPDATE that names the state it was read in; who comes second moves nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from authn.blocking import guard
from authn.login import attempts, events, plan
from authn.login.completion import Ending, complete
from authn.login.models import AttemptState, LoginAttempt
from authn.login.outcomes import Expired, Failed, Next, Outcome, Stopped
from authn.login.step import DEVICE, Named, Proved, Refused, Step
from authn.login.steps.email import EmailStep
from authn.login.steps.identifier import IdentifierStep
from authn.login.steps.image import ImageStep
from authn.login.steps.password import PasswordStep
from authn.sessions.models import LoginSession
from identity.audit import recording
from identity.kernel.actors import Origin, anonymous
from tenants.registry.models import Tenant

_NOBODY: Final = "unknown name"
_STEPS: Final[Mapping[str, Step]] = {
    step.name: step for step in (IdentifierStep(), PasswordStep(), ImageStep(), EmailStep())
}


def current(attempt: LoginAttempt, tenant: Tenant) -> str | None:
    """The step that is asked for now; None when nothing is owed."""
    return plan.next_step(attempts.facts_of(attempt, tenant))


def choices(attempt: LoginAttempt, tenant: Tenant) -> tuple[str, ...]:
    """The steps of which one is owed now, the one asked for first; empty when nothing is owed."""
    return plan.choices(attempts.facts_of(attempt, tenant))


def answer(
    *,
    tenant: Tenant,
    attempt: LoginAttempt,
    step: str,
    data: Mapping[str, str],
    origin: Origin,
    device: str = "",
    held: Sequence[LoginSession] = (),
    ending: Ending = complete,
) -> Outcome:
    """Judge one answer and move the attempt.

    An answer to a step that is not owed (an old tab, a script) is not looked at: Next tells what
    is. The identifier may be given again while the attempt is open; all proofs are then void.
    `device` is the nonce of this browser's device cookie for the person named, `held` the live
    sessions of this browser; `ending` is what happens when nothing is owed any more: a session
    opens, or a ticket is made. Must run outside any transaction: a password is hashed in between.
    """
    if not attempt.is_open:
        return Expired()
    owed = choices(attempt, tenant)
    if step not in owed and not (step == plan.IDENTIFIER and attempts.may_be_renamed(attempt)):
        return Next(owed[0]) if owed else Expired()
    room = _STEPS[step]
    permit: guard.Permit | None = None
    if room.guarded_as:
        reserved = guard.reserve(
            tenant=tenant,
            origin=origin,
            user=attempt.user,
            identifier=attempt.identifier,
            method=room.guarded_as,
            device=device,
        )
        if isinstance(reserved, guard.Stopped):
            return _stopped(tenant, attempt, step, reserved, origin)
        permit = reserved
    told = {**data, DEVICE: device}
    given = room.answer(tenant=tenant, attempt=attempt, data=told, origin=origin)
    match given:
        case guard.Stopped():
            return _stopped(tenant, attempt, step, given, origin)
        case Refused():
            return _refused(tenant, attempt, step, refused=given, permit=permit, origin=origin)
        case Named():
            return _named(tenant, attempt, given)
        case Proved():
            return _proved(
                tenant,
                attempt,
                proved=given,
                permit=permit,
                origin=origin,
                held=held,
                ending=ending,
            )


def resend(*, tenant: Tenant, attempt: LoginAttempt) -> None:
    """The step that is owed prepares its challenge again, as often as it allows itself."""
    owed = current(attempt, tenant) if attempt.is_open else None
    if owed:
        _STEPS[owed].challenge(tenant=tenant, attempt=attempt)


@transaction.atomic
def apply(
    *,
    tenant: Tenant,
    attempt: LoginAttempt,
    proofs: attempts.Proofs,
    origin: Origin,
    held: Sequence[LoginSession] = (),
) -> Outcome:
    """Proofs made elsewhere (a sign-in ticket) become those of `attempt`, if it has none yet.

    Of two tickets the first one applied wins (contract 2.5). Whose sign-in is required is checked
    here as at every other way in.
    """
    required = attempt.required_user_id
    if not attempt.is_open or attempt.methods or required not in (None, proofs.user.id):
        return Expired()
    if not attempts.take_over(attempt=attempt, proofs=proofs):
        return Expired()
    owed = current(attempt, tenant)
    if owed is not None:
        _STEPS[owed].challenge(tenant=tenant, attempt=attempt)
        return Next(owed)
    return complete(tenant=tenant, attempt=attempt, origin=origin, held=held)


@transaction.atomic
def cancel(*, tenant: Tenant, attempt: LoginAttempt, origin: Origin) -> bool:
    """The attempt moves no more; False if it had stopped moving before."""
    if not attempts.close(attempt=attempt, state=AttemptState.CANCELLED):
        return False
    recording.record(
        events.LOGIN_CANCELLED,
        actor=anonymous(origin, tenant.id),
        tenant_id=tenant.id,
        subject=recording.Subject("login_attempt", attempt.id),
    )
    return True


def _stopped(
    tenant: Tenant, attempt: LoginAttempt, step: str, stopped: guard.Stopped, origin: Origin
) -> Stopped:
    recording.record(
        events.LOGIN_BLOCKED,
        actor=anonymous(origin, tenant.id),
        tenant_id=tenant.id,
        subject=_subject(attempt),
        outcome=recording.Outcome.REFUSED,
        reason=f"{stopped.kind}_blocked",
        data=_about(attempt, step),
    )
    return Stopped(stopped.retry_after_seconds)


@transaction.atomic
def _refused(
    tenant: Tenant,
    attempt: LoginAttempt,
    step: str,
    *,
    refused: Refused,
    permit: guard.Permit | None,
    origin: Origin,
) -> Failed:
    actor = anonymous(origin, tenant.id)
    if permit is not None:
        guard.fail(permit=permit, actor=actor)
    attempts.note_failure(attempt=attempt, code=refused.code)
    # What was typed as a name is not kept where nobody bears it: people type passwords there.
    recording.record(
        events.LOGIN_FAILED,
        actor=actor,
        tenant_id=tenant.id,
        subject=_subject(attempt),
        outcome=recording.Outcome.FAILURE,
        reason=refused.reason,
        data=_about(attempt, step),
    )
    return Failed(refused.code)


def _named(tenant: Tenant, attempt: LoginAttempt, named: Named) -> Outcome:
    if not attempts.name(attempt=attempt, identifier=named.identifier, user=named.user):
        return Expired()
    owed = current(attempt, tenant)
    if owed is None:
        raise RuntimeError("a name alone completed a sign-in")
    _STEPS[owed].challenge(tenant=tenant, attempt=attempt)
    return Next(owed)


@transaction.atomic
def _proved(
    tenant: Tenant,
    attempt: LoginAttempt,
    *,
    proved: Proved,
    permit: guard.Permit | None,
    origin: Origin,
    held: Sequence[LoginSession],
    ending: Ending,
) -> Outcome:
    if permit is not None:
        guard.succeed(permit=permit)
    attempt.methods = [*attempt.methods, proved.method]
    attempt.amr = [*dict.fromkeys([*attempt.amr, *proved.amr])]
    attempt.proved_at = attempt.proved_at or timezone.now()
    owed = current(attempt, tenant)
    if owed is None:
        return ending(tenant=tenant, attempt=attempt, origin=origin, held=held)
    if not attempts.advance(attempt=attempt):
        return Expired()
    _STEPS[owed].challenge(tenant=tenant, attempt=attempt)
    return Next(owed)


def _subject(attempt: LoginAttempt) -> recording.Subject:
    user = attempt.user
    # A label for nobody too: a fact more or less would be 40 microseconds more or less (EN02).
    if user is None:
        return recording.Subject("user", None, _NOBODY)
    return recording.Subject("user", user.id, user.username)


def _about(attempt: LoginAttempt, step: str) -> dict[str, Any]:
    client_id: UUID | None = attempt.client_id
    return {"step": step, "face": attempt.face, "client": str(client_id or "")}
