"""Sign-in with a picture over the API: proofs in, a one-time ticket out (contract 2.5)."""

from typing import Final

from django.db import transaction
from django.utils import timezone

from authn.authenticators.zkp import proving
from authn.authenticators.zkp.factors import Factors
from authn.authenticators.zkp.proving import METHOD, Response
from authn.authenticators.zkp.transcript import Exchange
from authn.login import attempts, events, refusals, tickets
from authn.login.completion import actor_of
from authn.login.evidence import NONE, Evidence
from authn.login.models import LoginAttempt
from authn.login.outcomes import Failed, Proven, Stopped
from identity.audit import recording
from identity.kernel.actors import Origin
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import identifiers
from tenants.users.models import User

_FACE: Final = "native"


def prove(
    *,
    tenant: Tenant,
    exchange: Exchange,
    response: Response,
    origin: Origin,
    for_browser: LoginAttempt | None,
    evidence: Evidence = NONE,
) -> Proven | Failed | Stopped:
    """Judge a page's proofs. Proven: a ticket waits 60 s for the browser of `for_browser` (None:
    one that began at the tenant's own page), whose attempt has not moved.

    The same work and the same answer whoever is named, or nobody. Run it outside transactions.
    """
    user = identifiers.find(tenant=tenant, text=exchange.username)
    with tenant_scope(tenant.id):
        verdict = proving.verify(
            tenant=tenant, user=user, exchange=exchange, response=response, origin=origin
        )
        if user is None or not isinstance(verdict, proving.Proved):
            return _refused(verdict, tenant, user, origin)
        with transaction.atomic():
            evidence.keep(user=user, act="authenticate")
            return _ticketed(tenant, user, verdict.factors, origin, for_browser=for_browser)


def _refused(
    verdict: proving.Verdict, tenant: Tenant, user: User | None, origin: Origin
) -> Failed | Stopped:
    if isinstance(verdict, proving.Proved):
        raise RuntimeError("nobody proved anything")  # noqa: TRY004 - a fault of ours, not a type
    return refusals.noted(verdict, tenant=tenant, user=user, origin=origin, act="authenticate")


def _ticketed(
    tenant: Tenant,
    user: User,
    factors: Factors,
    origin: Origin,
    *,
    for_browser: LoginAttempt | None,
) -> Proven:
    proofs = attempts.Proofs(user, (METHOD,), factors.amr, timezone.now())
    nonce = tickets.issue(tenant=tenant, proofs=proofs, attempt=for_browser)
    recording.record(
        events.LOGIN_PROVED,
        actor=actor_of(user, origin),
        tenant_id=tenant.id,
        subject=recording.Subject("user", user.id, user.username),
        data={"face": _FACE, "methods": [METHOD]},
    )
    # A picture alone is a file that can be copied: it is asked for something beside it (§8).
    owes = not user.is_verified or not factors.are_known or tenant.is_2fa
    return Proven(nonce.reveal(), need_verify=owes)
