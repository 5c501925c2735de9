"""A person changes picture, PIN or pattern, or their address, and proves the old secrets anew."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from authn.authenticators.zkp import enrolment, proving
from authn.authenticators.zkp.encoding import prefixed
from authn.authenticators.zkp.enrolment import Offer
from authn.authenticators.zkp.messages import Envelope
from authn.authenticators.zkp.proving import Proved, Response
from authn.authenticators.zkp.transcript import Exchange, Purpose
from authn.login import refusals, registration, topics, verification
from authn.login.completion import actor_of
from authn.login.evidence import NONE, Evidence
from authn.login.outcomes import Failed, Stopped
from authn.sessions.models import LoginSession
from identity.kernel.actors import Origin
from identity.kernel.errors import Conflict
from identity.outbox import mail
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts, identifiers
from tenants.users.models import User

# Contract 2.5: Change Password "needs a login not older than 5 minutes".
FRESH: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Changed:
    """Done; or, for an address that somebody has already, done as far as anybody may know."""


def name_in_proofs(user: User) -> str:
    """The name that a page writes into the proofs of somebody who is signed in."""
    return unicodedata.normalize("NFC", user.username)


def is_fresh(*, tenant: Tenant, session_id: UUID | None) -> bool:
    """Whether the session behind a token is a sign-in of the last five minutes."""
    if session_id is None:
        return False
    rows = LoginSession.objects.filter(
        tenant_id=tenant.id, pk=session_id, auth_time__gt=timezone.now() - FRESH
    )
    return rows.live().exists()


def change(
    *,
    tenant: Tenant,
    user: User,
    session_id: UUID | None,
    exchange: Exchange,
    envelope: Envelope,
    origin: Origin,
    evidence: Evidence = NONE,
) -> Changed | Failed | Stopped:
    """Afterwards the new picture opens the account and the old one nothing; of the person's
    sessions the one of `session_id` is left (contract 2.5, protocol §4.3).

    Both the old and the new secrets are proved. Raises Conflict if somebody changed it meanwhile.
    Run it outside transactions.
    """
    with tenant_scope(tenant.id):
        offer = enrolment.examine(
            tenant=tenant,
            user=user,
            exchange=exchange,
            envelope=envelope,
            purpose=Purpose.CHANGE_NEW,
            origin=origin,
        )
        if not isinstance(offer, Offer):
            return refusals.noted(offer, tenant=tenant, user=user, origin=origin, act="change")
        actor = actor_of(user, origin)
        with transaction.atomic():
            enrolment.replace(user=user, offer=offer, actor=actor, session_id=session_id)
            evidence.keep(user=user, act="change")
        return Changed()


def update_email(
    *,
    tenant: Tenant,
    user: User,
    exchange: Exchange,
    response: Response,
    email: str,
    origin: Origin,
) -> Changed | Failed | Stopped:
    """Afterwards the address is the new one, unverified, and a letter went to the old one (contract
    2.7, PR10). The address is part of what was proved.

    An address that somebody has already changes nothing and is told to its owner alone (EN09).
    Raises Invalid. Run it outside transactions.
    """
    address = identifiers.require_email(email)
    with tenant_scope(tenant.id):
        verdict = proving.verify(
            tenant=tenant,
            user=user,
            exchange=exchange,
            response=response,
            origin=origin,
            purpose=Purpose.UPDATE_EMAIL,
            extra=prefixed(email),
        )
        if not isinstance(verdict, Proved):
            return refusals.noted(
                verdict, tenant=tenant, user=user, origin=origin, act="update_email"
            )
        try:
            _readdress(user, address, origin)
        except Conflict:
            registration.tell_owner(tenant=tenant, email=address)
        return Changed()


@transaction.atomic
def _readdress(user: User, address: str, origin: Origin) -> None:
    old = user.email
    changed = accounts.update(
        user=user, actor=actor_of(user, origin), email=address, is_verified=False
    )
    mail.send(
        topics.EMAIL_CHANGED,
        recipient=old,
        context={"user": str(user.id)},
        tenant_id=user.tenant_id,
        about=user.id,
    )
    verification.send(user=changed)
