"""What the audit trail keeps of a picture's proofs that were refused, at whichever door."""

from typing import Final

from authn.authenticators.zkp.proving import METHOD, Refused
from authn.blocking import guard
from authn.login import events
from authn.login.outcomes import Failed, Stopped
from identity.audit import recording
from identity.kernel.actors import Origin, anonymous
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import User

# What everybody is told of every failed proof (protocol §6).
CODE: Final = "invalid_credentials"
_NOBODY: Final = "unknown name"


def noted(
    verdict: Refused | guard.Stopped, *, tenant: Tenant, user: User | None, origin: Origin, act: str
) -> Failed | Stopped:
    """The outcome to tell; the cause is in the trail. `act` is what was tried ("register", …)."""
    if isinstance(verdict, guard.Stopped):
        note(f"{verdict.kind}_blocked", tenant=tenant, user=user, origin=origin, act=act)
        return Stopped(verdict.retry_after_seconds)
    note(verdict.reason, tenant=tenant, user=user, origin=origin, act=act)
    return Failed(CODE)


def note(reason: str, *, tenant: Tenant, user: User | None, origin: Origin, act: str) -> None:
    """One event: refused for `reason`. What was typed as a name is not kept where nobody bears it:
    people type passwords there."""
    is_blocked = reason.endswith("_blocked")
    with tenant_scope(tenant.id):
        recording.record(
            events.LOGIN_BLOCKED if is_blocked else events.LOGIN_FAILED,
            actor=anonymous(origin, tenant.id),
            tenant_id=tenant.id,
            # A label for nobody too: the same work (EN02).
            subject=recording.Subject(
                "user", user.id if user else None, user.username if user else _NOBODY
            ),
            outcome=recording.Outcome.REFUSED if is_blocked else recording.Outcome.FAILURE,
            reason=reason,
            data={"step": METHOD, "face": "native", "act": act},
        )
