"""Challenges: 120 s, once, alike for everybody; strangers fill no table with them.

A challenge's id is `u32 expiry ‖ 4 random bytes ‖ 8 bytes of a keyed hash`, its nonce 32 more bytes
of that hash, over everything that the challenge is bound to. So nothing is stored when a sign-in
begins, and a changed field gives another nonce. What is stored is its use: one conditional write,
whose row count decides, before any proof is looked at.

Only the forms that set a commitment, and the e-mail change, do not repeat the page's key. For a
challenge that may still become one of those the key is kept until it expires, a bounded number for
each address and tenant.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.authenticators.models import PageKey, SpentChallenge
from authn.authenticators.zkp import messages, transcript
from authn.authenticators.zkp.encoding import VERSION, prefixed, require_bytes
from authn.authenticators.zkp.transcript import CHALLENGE_ID_BYTES, Challenge, Exchange
from identity.kernel.actors import Origin
from identity.kernel.addresses import bucket
from identity.kernel.cipher import subkey
from identity.kernel.errors import Invalid
from identity.tenancy.scope import platform_scope
from tenants.keys import encryption, hpke
from tenants.keys.base64url import encoded
from tenants.registry.models import Tenant
from tenants.registry.policy import Capability

TTL_SECONDS: Final = 120
# Pages of one address that may be about to register, reset or change at one moment.
KEPT_PER_ADDRESS: Final = 64
_KEPT_FOR: Final = timedelta(minutes=10)
_PRUNE_BATCH: Final = 5_000
_RANDOM_BYTES: Final = 4
_TAG_BYTES: Final = CHALLENGE_ID_BYTES - 4 - _RANDOM_BYTES

_KEEP: Final = """
INSERT INTO authenticators_pagekey (id, tenant_id, cipher_key, asker, expires_at)
SELECT %(id)s, %(tenant)s, %(cipher_key)s, %(asker)s, %(expires_at)s
 WHERE (SELECT count(*) FROM authenticators_pagekey
         WHERE tenant_id = %(tenant)s AND asker = %(asker)s AND expires_at > %(now)s) < %(most)s
"""
_KEPT: Final = """
SELECT cipher_key FROM authenticators_pagekey WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_SPEND: Final = """
INSERT INTO authenticators_spentchallenge (id, tenant_id, expires_at)
VALUES (%(id)s, %(tenant)s, %(expires_at)s) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class _Made:
    """The keyed hash of a challenge, cut into its parts."""

    tag: bytes
    nonce: bytes


def require_cipher_key(text: str, *, field: str = "cipherKey") -> bytes:
    """The page's X25519 key. Raises Invalid; a key to which nothing can be sealed is found later,
    by `issue`."""
    return require_bytes(text, hpke.PUBLIC_BYTES, field=field)


def issue(*, tenant: Tenant, exchange: Exchange, cipher_key: bytes, origin: Origin) -> str:
    """`challenge_data` of a new challenge (§4.1), for whomever `exchange` names: known or not.

    Afterwards it can be answered once within TTL_SECONDS, from the same web origin, for the same
    name and request. Raises Invalid("cipherKey", …) for a degenerate key.
    """
    now = timezone.now()
    expires = int(now.timestamp()) + TTL_SECONDS
    head = expires.to_bytes(4, "big") + os.urandom(_RANDOM_BYTES)
    key = encryption.of(tenant.id).named_at(now)
    made = _made(tenant, exchange, head=head, cipher_key=cipher_key, key_hash=key.hash)
    challenge = Challenge(head + made.tag, made.nonce, cipher_key, key.hash)
    try:
        sealed = hpke.seal(
            messages.challenge_plaintext(challenge, TTL_SECONDS),
            public=cipher_key,
            info=transcript.challenge_info(exchange),
        )
    except hpke.UnusableKey:
        raise Invalid("cipherKey", "is no key that can be sealed to") from None
    if _may_set_a_commitment(tenant, exchange):
        _keep(tenant, challenge, origin, now)
    return encoded(VERSION + sealed).decode()


def consume(
    *,
    tenant: Tenant,
    exchange: Exchange,
    challenge_id: bytes,
    key_hash: bytes,
    cipher_key: bytes | None,
) -> Challenge | None:
    """The challenge, which is used up; None if it is unknown, used, expired, or for another name,
    tenant, request, origin, page or server key.

    Of fifty at once one gets it. `cipher_key` None: the form does not repeat it, the kept one is
    taken. A forged id is seen before anything is written.
    """
    now = timezone.now()
    expires_at = _expiry(challenge_id)
    if expires_at <= now:
        return None
    values: dict[str, Any] = {
        "id": UUID(bytes=challenge_id),
        "tenant": tenant.id,
        "expires_at": expires_at,
    }
    with connection.cursor() as cursor:
        if cipher_key is None:
            cursor.execute(_KEPT, values)
            row = cursor.fetchone()
            if row is None:
                return None
            cipher_key = bytes(row[0])
        head, tag = challenge_id[:-_TAG_BYTES], challenge_id[-_TAG_BYTES:]
        made = _made(tenant, exchange, head=head, cipher_key=cipher_key, key_hash=key_hash)
        if not hmac.compare_digest(made.tag, tag):
            return None
        cursor.execute(_SPEND, values)
        if cursor.rowcount != 1:
            return None
    return Challenge(challenge_id, made.nonce, cipher_key, key_hash)


def prune() -> None:
    """Delete what ended more than ten minutes ago. For space only: time is tested at use."""
    before = timezone.now() - _KEPT_FOR
    with platform_scope():
        for rows in (
            SpentChallenge.objects.filter(expires_at__lt=before),
            PageKey.objects.filter(expires_at__lt=before),
        ):
            while True:
                ids = list(rows.values_list("id", flat=True)[:_PRUNE_BATCH])
                rows.model._default_manager.filter(id__in=ids).delete()
                if len(ids) < _PRUNE_BATCH:
                    break


def _may_set_a_commitment(tenant: Tenant, exchange: Exchange) -> bool:
    # Within an authorization request only a registration can (§4.4). What decides is public: it
    # must not depend on who is named.
    return not exchange.auth_req_id or tenant.allows(Capability.SELF_REGISTRATION)


def _keep(tenant: Tenant, challenge: Challenge, origin: Origin, now: datetime) -> None:
    asker = hmac.digest(subkey("zkp/asker"), bucket(origin.ip or "").encode(), hashlib.sha256)[:8]
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {
                "id": UUID(bytes=challenge.id),
                "tenant": tenant.id,
                "cipher_key": challenge.cipher_key,
                "asker": asker,
                "expires_at": _expiry(challenge.id),
                "now": now,
                "most": KEPT_PER_ADDRESS,
            },
        )


def _expiry(challenge_id: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(challenge_id[:4], "big"), tz=UTC)


def _made(
    tenant: Tenant, exchange: Exchange, *, head: bytes, cipher_key: bytes, key_hash: bytes
) -> _Made:
    bound = b"".join(
        (
            head,
            tenant.id.bytes,
            prefixed(exchange.tenant_id),
            prefixed(exchange.username),
            prefixed(exchange.origin),
            prefixed(exchange.auth_req_id),
            cipher_key,
            key_hash,
        )
    )
    mixed = hmac.digest(subkey("zkp/challenge"), bound, hashlib.sha512)
    return _Made(tag=mixed[:_TAG_BYTES], nonce=mixed[32:])
