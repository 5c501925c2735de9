"""Self-registration with a picture (contract 2.5, protocol §4.3): account and picture at once."""

from dataclasses import dataclass

from django.db import transaction

from authn.authenticators.zkp import enrolment
from authn.authenticators.zkp.encoding import prefixed
from authn.authenticators.zkp.enrolment import Offer
from authn.authenticators.zkp.messages import Envelope
from authn.authenticators.zkp.transcript import Exchange, Purpose
from authn.blocking import guard
from authn.login import refusals, topics, verification
from authn.login.completion import actor_of
from authn.login.evidence import NONE, Evidence
from authn.login.outcomes import Failed, Stopped
from identity.kernel.actors import Origin, anonymous
from identity.kernel.errors import Conflict, Forbidden, Invalid
from identity.kernel.text import fold
from identity.outbox import mail
from identity.tenancy.scope import tenant_scope
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.registry.policy import Capability
from tenants.users import accounts, identifiers
from tenants.users.models import User

_ACT = "register"


@dataclass(frozen=True, slots=True)
class Registered:
    """Done, as far as anybody may know: who owns a taken address learns of it by mail."""


def is_open(*, tenant: Tenant, client: Client | None) -> bool:
    """Whether tenant and client both let people register themselves (PR13); without a client the
    tenant alone decides."""
    is_allowed = client is None or client.register_enable
    return is_allowed and tenant.allows(Capability.SELF_REGISTRATION)


def require_open(*, tenant: Tenant, client: Client | None) -> None:
    """Raise Forbidden unless registration `is_open`."""
    if not is_open(tenant=tenant, client=client):
        raise Forbidden("Registration is closed")


def register(
    *,
    tenant: Tenant,
    client: Client | None,
    exchange: Exchange,
    email: str,
    envelope: Envelope,
    origin: Origin,
    evidence: Evidence = NONE,
) -> Registered | Failed | Stopped:
    """Afterwards the person exists with their picture, unverified, and a code is in the post.

    A taken address changes nothing and is told to its owner alone (EN04). Raises Forbidden,
    Invalid, and Conflict for a taken user name, which costs a slot of the asker's address. Run it
    outside transactions.
    """
    require_open(tenant=tenant, client=client)
    username = _username(tenant, exchange.username, email)
    with tenant_scope(tenant.id):
        offer = enrolment.examine(
            tenant=tenant,
            user=None,
            exchange=exchange,
            envelope=envelope,
            purpose=Purpose.REGISTER,
            origin=origin,
            stated=prefixed(email),
        )
        if not isinstance(offer, Offer):
            return refusals.noted(offer, tenant=tenant, user=None, origin=origin, act=_ACT)
        try:
            _created(tenant, username, email, offer, origin=origin, evidence=evidence)
        except Conflict as conflict:
            if conflict.field == "username" and tenant.policy.has_username_and_email:
                _count_taken_name(tenant, origin)
                raise
            tell_owner(tenant=tenant, email=email)
        return Registered()


@transaction.atomic
def _created(
    tenant: Tenant, username: str, email: str, offer: Offer, *, origin: Origin, evidence: Evidence
) -> None:
    user = accounts.create(
        tenant=tenant, username=username, email=email, actor=anonymous(origin, tenant.id)
    )
    enrolment.enrol(user=user, offer=offer, actor=actor_of(user, origin))
    evidence.keep(user=user, act=_ACT)
    verification.send(user=user)


def _username(tenant: Tenant, given: str, email: str) -> str:
    address = identifiers.require_email(email)
    if tenant.policy.has_username_and_email:
        username = identifiers.require_self_chosen(given)
        if username != given:  # the proof names exactly what was sent
            raise Invalid("username", "must not begin or end with white space")
        return username
    if fold(given) != fold(address):
        raise Invalid("username", "must be the e-mail address")
    return address


def _count_taken_name(tenant: Tenant, origin: Origin) -> None:
    # Which names are taken can be asked for as often as passwords can be guessed.
    permit = guard.reserve_origin(tenant=tenant, origin=origin)
    if isinstance(permit, guard.Permit):
        guard.fail(permit=permit, actor=anonymous(origin, tenant.id))
    refusals.note("name_taken", tenant=tenant, user=None, origin=origin, act=_ACT)


def tell_owner(*, tenant: Tenant, email: str) -> None:
    """Whoever has this address learns that somebody else gave it."""
    owner: User | None = identifiers.find(tenant=tenant, text=email)
    if owner is not None and not owner.is_disabled:
        mail.send(
            topics.ADDRESS_TAKEN,
            recipient=owner.email,
            context={"user": str(owner.id)},
            tenant_id=tenant.id,
            about=owner.id,
        )
