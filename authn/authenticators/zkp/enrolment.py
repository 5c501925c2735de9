"""Setting, replacing and removing the commitments of a person (protocol §4.3, §6 R1 to R7).

Two steps: `examine` judges what a page sent, before the account exists or anything changes; `enrol`
or `replace` writes what it found, in the transaction of the room that knows whether this is allowed
now (R1: registration open, reset code live, person signed in).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from authn.authenticators import events
from authn.authenticators.models import ImageSource, VisualSecret
from authn.authenticators.signals import image_changed
from authn.authenticators.zkp import challenges, commitments, group, messages, proving, transcript
from authn.authenticators.zkp.encoding import PROTO_VERSION
from authn.authenticators.zkp.factors import Factors, demanded_by
from authn.authenticators.zkp.messages import Envelope, Offered, Proofs
from authn.authenticators.zkp.proving import Refused, Statement
from authn.authenticators.zkp.transcript import Challenge, Commitments, Exchange, Purpose, Role
from authn.blocking import guard
from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel.actors import Actor, Origin, anonymous
from identity.kernel.errors import Conflict, NotFound
from identity.kernel.text import fold
from identity.tenancy.scope import tenant_scope
from tenants.registry.conflicts import conflict_of
from tenants.registry.models import Tenant
from tenants.users.models import User

_SOURCES: Final = {
    Purpose.REGISTER: ImageSource.REGISTER,
    Purpose.RESET: ImageSource.RESET,
    Purpose.CHANGE_NEW: ImageSource.CHANGE,
}
_ONCE: Final = {"one_active_visual_secret": ("image", "A picture is enrolled already")}


@dataclass(frozen=True, slots=True)
class Offer:
    """New commitments, proved and in order, for whoever bears `username` in this tenant.

    `replaces` is the row whose secrets were proved too (a change).
    """

    tenant_id: UUID
    username: str
    purpose: Purpose
    commitments: Commitments
    factors: Factors
    replaces: UUID | None


@dataclass(frozen=True, slots=True)
class Described:
    """What may be told of a person's picture."""

    factors: Factors
    enrolled_at: datetime
    source: str


def read(*, encrypted_commitment: str, purpose: Purpose) -> Envelope:
    """The form's field, if its form is right (step 1). Raises Invalid."""
    return messages.commitment_envelope(encrypted_commitment, purpose)


def examine(
    *,
    tenant: Tenant,
    user: User | None,
    exchange: Exchange,
    envelope: Envelope,
    purpose: Purpose,
    origin: Origin,
    stated: bytes = b"",
    device: str = "",
) -> Offer | Refused | guard.Stopped:
    """Judge new commitments; their challenge is used up.

    `purpose` is REGISTER, RESET or CHANGE_NEW; `stated` what the form states beside them: `lp(email)`
    or `lp(code)`. A change needs `user` and proves the secrets it replaces, counted like a sign-in
    (BF10). Run it outside transactions, in the tenant's scope.
    """
    permit = guard.reserve_origin(tenant=tenant, origin=origin, device=device)
    if isinstance(permit, guard.Stopped):
        return permit
    opened = _opened(tenant, exchange, envelope, purpose)
    if not isinstance(opened, Refused):
        challenge, offered = opened
        extra = stated + offered.descriptor
        statement = Statement(exchange, challenge, purpose, offered.commitments, extra)
        fault = _fault(tenant, offered, statement)
        opened = fault if fault is not None else opened
    if isinstance(opened, Refused):
        guard.fail(permit=permit, actor=anonymous(origin, tenant.id))
        return opened
    replaces: UUID | None = None
    if offered.old is not None:
        secret = proving.secret_of(tenant, user)
        proved = proving.judge(
            tenant=tenant,
            user=user,
            secret=secret,
            statement=Statement(
                exchange,
                challenge,
                Purpose.CHANGE_OLD,
                secret.commitments,
                _both(offered.commitments) + offered.descriptor,
            ),
            proofs=offered.old,
            permit=permit,
            origin=origin,
        )
        if not isinstance(proved, proving.Proved):
            return proved
        replaces = secret.row_id
    else:
        guard.succeed(permit=permit)
    return Offer(
        tenant_id=tenant.id,
        username=exchange.username,
        purpose=purpose,
        commitments=offered.commitments,
        factors=demanded_by(tenant.policy),
        replaces=replaces,
    )


def enrol(*, user: User, offer: Offer, actor: Actor) -> VisualSecret:
    """The first picture of `user`. Afterwards it signs in. Raises Conflict if there is one.

    `offer` must be a registration's, under this person's name: a program that mixes them up is
    stopped by ValueError.
    """
    if offer.purpose is not Purpose.REGISTER:
        raise ValueError("the offer was made for another purpose")
    _require_for(user, offer)
    with tenant_scope(user.tenant_id), transaction.atomic():
        row = _written(user, offer)
        _tell(events.IMAGE_ENROLLED, user, actor, offer, is_first=True)
        return row


def replace(
    *, user: User, offer: Offer, actor: Actor, session_id: UUID | None = None
) -> VisualSecret:
    """The picture of `user` from now on, by a reset or a change. Afterwards what it replaces opens
    nothing and is a tombstone; the rooms above end sessions, but the one of `session_id`.

    A reset may be the first picture of somebody whom an operator made. Raises Conflict if a change
    proved secrets that somebody replaced meanwhile.
    """
    is_change = offer.purpose is Purpose.CHANGE_NEW
    if offer.purpose is Purpose.REGISTER:
        raise ValueError("the offer was made for another purpose")
    _require_for(user, offer)
    with tenant_scope(user.tenant_id), transaction.atomic():
        ended = _end(user, offer.replaces)
        if is_change and not ended:
            raise Conflict("image", "The picture was changed meanwhile")
        row = _written(user, offer)
        _tell(events.IMAGE_REPLACED, user, actor, offer, is_first=not ended, session_id=session_id)
        return row


def remove(*, user: User, actor: Actor) -> None:
    """Take the picture away: it opens nothing any more. Raises NotFound if there is none."""
    with tenant_scope(user.tenant_id), transaction.atomic():
        if not _end(user, None):
            raise NotFound("There is no picture")
        recording.record(
            events.IMAGE_REMOVED,
            actor=actor,
            tenant_id=user.tenant_id,
            subject=recording.Subject("user", user.id, user.username),
        )
        image_changed.send(sender=User, user=user, actor=actor, is_first=False, session_id=None)


def describe(user: User) -> Described | None:
    """What is enrolled; None if nothing is."""
    row = VisualSecret.objects.filter(tenant_id=user.tenant_id, user=user, ended_at=None).first()
    if row is None:
        return None
    return Described(Factors(row.pin_size, row.pattern_size), row.created_at, row.source)


def _opened(
    tenant: Tenant, exchange: Exchange, envelope: Envelope, purpose: Purpose
) -> tuple[Challenge, Offered] | Refused:
    # The id of the challenge travels inside: it is used up after opening, and before any proof.
    key = proving.key_of(tenant, envelope)
    if key is None:
        return Refused("unknown_key")
    info = transcript.commitment_info(exchange, purpose)
    plaintext = key.open_sealed(envelope.sealed, info)
    offered = messages.offered(plaintext, purpose) if plaintext is not None else None
    if offered is None:
        return Refused("unreadable")
    challenge = challenges.consume(
        tenant=tenant,
        exchange=exchange,
        challenge_id=offered.challenge_id,
        key_hash=key.hash,
        cipher_key=None,
    )
    return (challenge, offered) if challenge is not None else Refused("stale_challenge")


def _fault(tenant: Tenant, offered: Offered, statement: Statement) -> Refused | None:
    new, demanded = offered.commitments, demanded_by(tenant.policy)
    if not demanded.are_known and not (tenant.is_2fa or tenant.policy.passkey_enabled):
        return Refused("picture_alone")  # a picture is a file: alone it opens nothing (§8)
    if offered.descriptor != demanded.descriptor():
        return Refused("other_factors")  # R2
    if new.possession == new.knowledge:
        return Refused("equal_commitments")  # R3
    if not (group.is_valid_point(new.possession) and group.is_valid_point(new.knowledge)):
        return Refused("invalid_point")  # R4
    if not _are_proved(statement, offered.proofs):
        return Refused("unproved_commitments")  # R5
    return None


def _are_proved(statement: Statement, proofs: Proofs) -> bool:
    has_picture = statement.is_proved_by(proofs.possession, Role.POSSESSION)
    return statement.is_proved_by(proofs.knowledge, Role.KNOWLEDGE) and has_picture


def _both(new: Commitments) -> bytes:
    return new.possession + new.knowledge


def _require_for(user: User, offer: Offer) -> None:
    names = {fold(user.username), fold(user.email)}
    if offer.tenant_id != user.tenant_id or fold(offer.username) not in names:
        raise ValueError("the offer was made for another person")


def _end(user: User, only: UUID | None) -> bool:
    rows = VisualSecret.objects.filter(tenant_id=user.tenant_id, user=user, ended_at=None)
    if only is not None:
        rows = rows.filter(id=only)
    return bool(rows.update(ended_at=timezone.now(), sealed=""))


def _written(user: User, offer: Offer) -> VisualSecret:
    try:
        return VisualSecret.objects.create(
            tenant_id=user.tenant_id,
            user=user,
            proto_version=PROTO_VERSION,
            sealed=commitments.sealed(offer.commitments, tenant_id=user.tenant_id, user_id=user.id),
            pin_size=offer.factors.pin_size,
            pattern_size=offer.factors.pattern_size,
            source=_SOURCES[offer.purpose],
        )
    except IntegrityError as error:
        raise conflict_of(error, _ONCE) or error from None


def _tell(
    event: EventType,
    user: User,
    actor: Actor,
    offer: Offer,
    *,
    is_first: bool,
    session_id: UUID | None = None,
) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=user.tenant_id,
        subject=recording.Subject("user", user.id, user.username),
        data={"source": str(_SOURCES[offer.purpose]), "version": PROTO_VERSION},
    )
    image_changed.send(
        sender=User, user=user, actor=actor, is_first=is_first, session_id=session_id
    )
