"""The door for machines: API faces prove over it what pages prove over forms.

A face names the steps of the same pipeline; the state is the server's, and the result of a proof
is a one-time ticket and never a change of the browser's attempt (contract 2.5).
"""

from collections.abc import Mapping, Sequence

from authn.login import attempts, events, pipeline, tickets
from authn.login.completion import actor_of
from authn.login.models import LoginAttempt
from authn.login.outcomes import Expired, Outcome, Proven
from authn.sessions.models import LoginSession
from identity.audit import recording
from identity.kernel.actors import Origin
from tenants.registry.models import Tenant


def begin(*, tenant: Tenant, face: str) -> LoginAttempt:
    """A conversation of ten minutes that no browser owns."""
    return attempts.begin(tenant=tenant, browser_digest=b"", face=face)


def answer(
    *,
    tenant: Tenant,
    attempt: LoginAttempt,
    step: str,
    data: Mapping[str, str],
    origin: Origin,
    for_browser: LoginAttempt | None,
) -> Outcome:
    """One answer in a conversation begun by `begin`. Opens no session.

    Proven once nothing is owed: its nonce waits 60 s for the browser whose attempt is
    `for_browser` (None: one that began at the tenant's own sign-in page).
    """

    def ticketed(
        *,
        tenant: Tenant,
        attempt: LoginAttempt,
        origin: Origin,
        held: Sequence[LoginSession],  # noqa: ARG001 - an ending's form; no browser is here
    ) -> Outcome:
        return _ticketed(tenant, attempt, origin, for_browser)

    return pipeline.answer(
        tenant=tenant, attempt=attempt, step=step, data=data, origin=origin, ending=ticketed
    )


def _ticketed(
    tenant: Tenant, attempt: LoginAttempt, origin: Origin, for_browser: LoginAttempt | None
) -> Proven | Expired:
    user, proved_at = attempt.user, attempt.proved_at
    if user is None or proved_at is None:
        raise RuntimeError("nothing was proved")
    if not attempts.finish(attempt=attempt, session_id=None):
        return Expired()
    proofs = attempts.Proofs(user, tuple(attempt.methods), tuple(attempt.amr), proved_at)
    nonce = tickets.issue(tenant=tenant, proofs=proofs, attempt=for_browser)
    recording.record(
        events.LOGIN_PROVED,
        actor=actor_of(user, origin),
        tenant_id=tenant.id,
        subject=recording.Subject("user", user.id, user.username),
        data={"face": attempt.face, "methods": list(attempt.methods)},
    )
    return Proven(nonce.reveal(), need_verify=not user.is_verified)
