"""Authorization codes: issued once per request, redeemed once (RFC 6749 §4.1.2, §4.1.3)."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from authn.sessions import grants
from authn.sessions.models import LoginSession
from identity.kernel import secrets
from identity.kernel.actors import Actor
from identity.kernel.secrets import Secret
from identity.tenancy.prepared import insert
from oidc.consents import scopes as scope_words
from oidc.provider.models import AuthorizationCode, AuthorizationRequest, RequestState
from oidc.provider.standing import COLUMNS, IS_LIVE, IS_SIGNED_IN, JOINS, Standing
from tenants.clients.models import Client
from tenants.registry.models import Tenant

LIFETIME: Final = timedelta(seconds=60)  # contract 7.3
# Refresh tokens slide by their own lifetime, but never past this: a grant that nobody looked at
# for a year is asked for again (ASVS 10.4.8).
OFFLINE_GRANT_LIFETIME: Final = timedelta(days=365)
_PURPOSE: Final = "authorization_code"
# RFC 7636 §4.1.
_VERIFIER_FORM: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")

# Consumes the code whatever else is wrong with the request: decision D1 burns it at the first
# failure. A second caller waits for the first one's row lock and then finds used_at set.
_CONSUME: Final = f"""
WITH used AS (
    UPDATE provider_authorizationcode SET used_at = %(now)s
    WHERE digest = %(digest)s AND used_at IS NULL
    RETURNING grant_id, redirect_uri, code_challenge, expires_at
)
SELECT {COLUMNS}, used.redirect_uri, used.code_challenge, used.expires_at > %(now)s,
       ({IS_LIVE} AND {IS_SIGNED_IN})
FROM used {JOINS.format(grant_id="used.grant_id")}
"""  # noqa: S608  constants only

# `AuthorizationRequest.objects.waiting()`, as an UPDATE.
_CLOSE: Final = """
UPDATE provider_authorizationrequest SET state = %s
WHERE tenant_id = %s AND id = %s AND state = 'open' AND expires_at > %s
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """The code is worth nothing now. `reason` is for the audit trail, never for the caller."""

    reason: str


@transaction.atomic
def issue(
    *,
    tenant: Tenant,
    client: Client,
    session: LoginSession,
    scopes: Iterable[str],
    redirect_uri: str,
    code_challenge: str,
    nonce: str,
    request: AuthorizationRequest | None,
    actor: Actor,
) -> Secret | None:
    """A code for what `session`'s person allowed; None if `request` was answered before.

    Afterwards a TokenGrant stands (whose audit event this is), to which everything that the code is
    redeemed for belongs.
    """
    if request is not None and not close(request, RequestState.ISSUED):
        return None
    granted = sorted(set(scopes))
    now = timezone.now()
    is_offline = scope_words.OFFLINE_ACCESS in granted
    grant = grants.create(
        tenant=tenant,
        client=client,
        user=session.user,
        session=session,
        scopes=granted,
        is_offline=is_offline,
        nonce=nonce,
        expires_at=now + OFFLINE_GRANT_LIFETIME if is_offline else session.expires_at,
        actor=actor,
    )
    code = secrets.generate("sac_")
    insert(
        AuthorizationCode(
            tenant=tenant,
            digest=secrets.digest(code.reveal(), _PURPOSE),
            grant=grant,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            expires_at=now + LIFETIME,
        )
    )
    return code


def close(request: AuthorizationRequest, state: RequestState) -> bool:
    """Answer `request`, once: False if somebody else was faster (two tabs, the back button)."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [state, request.tenant_id, request.pk, timezone.now()])
        return bool(cursor.rowcount == 1)


def redeem(
    *, tenant: Tenant, client: Client, code: str, redirect_uri: str, verifier: str, actor: Actor
) -> Standing | Refused:
    """What `code` stands for. Call it inside a transaction that is committed in either case.

    Whatever was wrong, the code is burnt and its grant dead (decision D1); a code that was used
    before kills what it was used for (RFC 6749 §4.1.2, TK01). One statement when all is well.
    """
    digest = secrets.digest(code, _PURPOSE)
    with connection.cursor() as cursor:
        cursor.execute(_CONSUME, {"now": timezone.now(), "digest": digest})
        row = cursor.fetchone()
    if row is None:
        return _replayed(tenant, digest, actor)
    standing = Standing.of(row)
    registered_uri, challenge, is_fresh, is_live = row[-4:]
    reason = ""
    if standing.client_id != client.pk:
        reason = "other_client"
    elif not is_fresh:
        reason = "expired"
    elif not is_live:
        reason = "dead"
    elif redirect_uri != registered_uri:
        reason = "redirect_uri"
    elif not fits(verifier, challenge):
        reason = "code_verifier"
    if not reason:
        return standing
    grants.revoke(tenant=tenant, grant_id=standing.grant_id, reason=f"code_{reason}", actor=actor)
    return Refused(reason)


def fits(verifier: str, challenge: str) -> bool:
    """RFC 7636 §4.6, method S256 only."""
    if not _VERIFIER_FORM.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return secrets.equal(urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _replayed(tenant: Tenant, digest: bytes, actor: Actor) -> Refused:
    used = AuthorizationCode.objects.filter(digest=digest).only("grant_id").first()
    if used is None:
        return Refused("unknown")
    grants.revoke(tenant=tenant, grant_id=used.grant_id, reason=grants.CODE_REPLAYED, actor=actor)
    return Refused("replayed")
