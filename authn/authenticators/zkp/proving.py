"""Proving that one holds the picture and knows PIN or pattern (protocol §6, steps 2 to 6).

Counts by itself, because the person's slot is taken between the two proofs (§7): a stranger spends
only the address's; who holds the picture and guesses spends the person's too.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.authenticators import topics
from authn.authenticators.zkp import challenges, commitments, group, messages, transcript
from authn.authenticators.zkp.encoding import VERSION, require_bytes
from authn.authenticators.zkp.factors import Factors
from authn.authenticators.zkp.messages import Envelope, Proofs
from authn.authenticators.zkp.transcript import (
    CHALLENGE_ID_BYTES,
    Challenge,
    Commitments,
    Exchange,
    Purpose,
    Role,
)
from authn.blocking import guard
from identity.kernel.actors import Origin, anonymous
from identity.outbox import mail
from tenants.keys import encryption
from tenants.keys.encryption import OpeningKey
from tenants.registry.models import Tenant
from tenants.users.models import User

METHOD: Final = "image"
# One row whoever is asked for: one that is missing would be 40 microseconds less (ZK08).
_KEPT: Final = """
SELECT coalesce(v.id, %(nobody)s), coalesce(v.sealed, %(decoy)s),
       coalesce(v.pin_size, 0), coalesce(v.pattern_size, 0)
  FROM (SELECT 1) AS always
  LEFT JOIN authenticators_visualsecret v
    ON v.tenant_id = %(tenant)s AND v.user_id = %(user)s AND v.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Response:
    """What a page sent to be judged, well-formed. `cipher_key` None: its form has no such field."""

    challenge_id: bytes
    envelope: Envelope
    cipher_key: bytes | None


@dataclass(frozen=True, slots=True)
class Proved:
    """Both proofs hold, and the person may sign in."""

    factors: Factors


@dataclass(frozen=True, slots=True)
class Refused:
    """Whatever the cause, the caller is told the same. `reason` is for the audit trail alone.

    `has_picture`: the possession proof held. Never tell it to anybody.
    """

    reason: str
    has_picture: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a person; `row_id` None: nothing, and the commitments are nobody's."""

    row_id: UUID | None
    commitments: Commitments
    factors: Factors
    is_damaged: bool = False


Verdict: TypeAlias = Proved | Refused | guard.Stopped


def read(*, challenge_id: str, challenge_data: str, cipher_key: str | None) -> Response:
    """The form's fields, if their form is right (step 1). Raises Invalid, named as on the wire."""
    return Response(
        challenge_id=require_bytes(challenge_id, CHALLENGE_ID_BYTES, field="challenge_id"),
        envelope=messages.response_envelope(challenge_data),
        cipher_key=challenges.require_cipher_key(cipher_key) if cipher_key is not None else None,
    )


def verify(
    *,
    tenant: Tenant,
    user: User | None,
    exchange: Exchange,
    response: Response,
    origin: Origin,
    purpose: Purpose = Purpose.LOGIN,
    extra: bytes = b"",
    device: str = "",
) -> Verdict:
    """Judge a response; its challenge is used up. The same work for nobody as for somebody.

    `user` is whom `exchange.username` names; `extra` what the purpose adds to the statement;
    `device` the nonce of this browser's device cookie for `user`. Failures are counted and a block
    is announced here; the caller records the sign-in. Run it outside transactions, in the tenant's
    scope.
    """
    permit = guard.reserve_origin(tenant=tenant, origin=origin, device=device)
    if isinstance(permit, guard.Stopped):
        return permit
    opened = _opened(tenant, exchange, response, purpose)
    if isinstance(opened, Refused):
        guard.fail(permit=permit, actor=anonymous(origin, tenant.id))
        return opened
    challenge, proofs = opened
    secret = secret_of(tenant, user)
    return judge(
        tenant=tenant,
        user=user,
        secret=secret,
        statement=Statement(exchange, challenge, purpose, secret.commitments, extra),
        proofs=proofs,
        permit=permit,
        origin=origin,
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """What both proofs are about."""

    exchange: Exchange
    challenge: Challenge
    purpose: Purpose
    commitments: Commitments
    extra: bytes

    def is_proved_by(self, proof: bytes, role: Role) -> bool:
        """Whether `proof` shows the secret of this role."""
        message = transcript.statement(
            self.exchange,
            self.challenge,
            role=role,
            purpose=self.purpose,
            commitments=self.commitments,
            extra=self.extra,
        )
        return group.holds(proof, commitment=self.commitments.of(role), message=message)


def judge(
    *,
    tenant: Tenant,
    user: User | None,
    secret: Secret,
    statement: Statement,
    proofs: Proofs,
    permit: guard.Permit,
    origin: Origin,
) -> Verdict:
    """Step 6: possession; the person's slot; knowledge in every case; then the permit's end."""
    has_picture = statement.is_proved_by(proofs.possession, Role.POSSESSION)
    is_enrolled = user is not None and secret.row_id is not None
    counted = user if has_picture and is_enrolled else None
    both = guard.reserve_person(
        permit=permit, tenant=tenant, origin=origin, user=counted, method=METHOD
    )
    knows = statement.is_proved_by(proofs.knowledge, Role.KNOWLEDGE)
    if isinstance(both, guard.Stopped):
        return both
    if user is not None and is_enrolled and has_picture and knows and not user.is_disabled:
        guard.succeed(permit=both)
        return Proved(secret.factors)
    guard.fail(permit=both, actor=anonymous(origin, tenant.id))
    if user is not None and guard.begins_first_block_of_person(both):
        mail.send(
            topics.PICTURE_GUESSED,
            recipient=user.email,
            context={"user": str(user.id), "at": timezone.now().isoformat()},
            tenant_id=tenant.id,
            about=user.id,
        )
    return Refused(_reason(user, secret, has_picture=has_picture, knows=knows), has_picture)


def secret_of(tenant: Tenant, user: User | None) -> Secret:
    """What is kept of a person: one statement and one opening, for nobody too."""
    user_id = user.id if user is not None else commitments.NOBODY
    with connection.cursor() as cursor:
        cursor.execute(
            _KEPT,
            {
                "nobody": commitments.NOBODY,
                "decoy": commitments.decoy(),
                "tenant": tenant.id,
                "user": user_id,
            },
        )
        row_id, text, pin_size, pattern_size = cursor.fetchone()
    is_there = row_id != commitments.NOBODY
    found = commitments.opened(
        text,
        tenant_id=tenant.id if is_there else commitments.NOBODY,
        user_id=user_id if is_there else commitments.NOBODY,
    )
    return Secret(
        row_id=row_id if is_there and found is not None else None,
        commitments=found or group.DUMMY,
        factors=Factors(pin_size, pattern_size),
        is_damaged=found is None,
    )


def key_of(tenant: Tenant, envelope: Envelope) -> OpeningKey | None:
    """The tenant's key that `envelope` is sealed to, if it still opens (step 5)."""
    if envelope.version != VERSION:
        return None
    return encryption.of(tenant.id).find(envelope.key_id, timezone.now())


def _opened(
    tenant: Tenant, exchange: Exchange, response: Response, purpose: Purpose
) -> tuple[Challenge, Proofs] | Refused:
    key = key_of(tenant, response.envelope)
    if key is None:
        return Refused("unknown_key")
    challenge = challenges.consume(
        tenant=tenant,
        exchange=exchange,
        challenge_id=response.challenge_id,
        key_hash=key.hash,
        cipher_key=response.cipher_key,
    )
    if challenge is None:
        return Refused("stale_challenge")
    info = transcript.response_info(exchange, purpose, challenge.id)
    plaintext = key.open_sealed(response.envelope.sealed, info)
    proofs = messages.response(plaintext, purpose) if plaintext is not None else None
    return (challenge, proofs) if proofs is not None else Refused("unreadable")


def _reason(user: User | None, secret: Secret, *, has_picture: bool, knows: bool) -> str:
    if user is None:
        return "unknown_user"
    if secret.row_id is None:
        return "damaged_secret" if secret.is_damaged else "not_enrolled"
    if not has_picture:
        return "wrong_picture"
    return "user_disabled" if knows else "wrong_pin_or_pattern"
