"""Refresh tokens: one use each, the next one with it; a second use kills the family (RFC 9700 §4.14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.sessions import grants
from identity.kernel import secrets
from identity.kernel.actors import Actor
from identity.kernel.identifiers import uuid7
from identity.kernel.secrets import Secret
from identity.tenancy.prepared import insert
from oidc.provider.models import RefreshToken
from oidc.provider.standing import COLUMNS, IS_LIVE, IS_SIGNED_IN, JOINS, Standing
from tenants.clients.models import Client
from tenants.registry.models import Tenant

_PURPOSE: Final = "refresh_token"
# The token that was presented, and what it hangs on.
_PRESENTED: Final = f"""
    (SELECT * FROM provider_refreshtoken WHERE digest = %(digest)s OFFSET 0) r
    {JOINS.format(grant_id="r.grant_id")}
"""  # noqa: S608  constants only

# The whole rotation. Whoever comes second waits for the first one's row lock and then finds
# used_at set. A client asking for too much, or another client, leaves the token as it was.
_ROTATE: Final = f"""
WITH found AS MATERIALIZED (
    SELECT {COLUMNS}, r.tenant_id, r.id AS token_id
    FROM {_PRESENTED}
    WHERE r.used_at IS NULL AND r.expires_at > %(now)s
      AND g.client_id = %(client)s AND %(scopes)s::varchar[] <@ g.scopes
      AND {IS_LIVE} AND (g.is_offline OR ({IS_SIGNED_IN}))
), used AS (
    UPDATE provider_refreshtoken r SET used_at = %(now)s FROM found
    WHERE r.id = (SELECT token_id FROM found) AND r.used_at IS NULL AND r.expires_at > %(now)s
    RETURNING found.*
), fresh AS (
    INSERT INTO provider_refreshtoken (id, tenant_id, digest, grant_id, expires_at)
    SELECT %(id)s, tenant_id, %(next_digest)s, grant_id, least(%(expires_at)s, grant_expires_at)
    FROM used
), touched AS (
    -- As authn.sessions.lifecycle.note_token_issue does it, without a statement of its own.
    UPDATE login_sessions_loginsession held
    SET token_issue_at = %(now)s, token_issue_ip = %(ip)s, token_issue_country = %(country)s,
        token_issue_user_agent = %(user_agent)s,
        -- What runs while nobody is there must not keep a browser signed in (SE07).
        last_access_at = CASE WHEN used.is_offline THEN held.last_access_at
                              ELSE greatest(held.last_access_at, %(now)s) END,
        idle_expires_at = CASE WHEN used.is_offline THEN held.idle_expires_at
                               ELSE least(%(idle_expires_at)s, held.expires_at) END
    FROM used WHERE held.id = (SELECT session_id FROM used)
)
SELECT * FROM used
"""  # noqa: S608  constants only
_EXAMINE: Final = f"""
SELECT r.used_at IS NOT NULL, g.id, %(scopes)s::varchar[] <@ g.scopes,
       r.expires_at > %(now)s AND {IS_LIVE} AND (g.is_offline OR ({IS_SIGNED_IN}))
FROM {_PRESENTED}
WHERE g.client_id = %(client)s
"""  # noqa: S608  constants only
_LIVE: Final = f"""
SELECT {COLUMNS}, r.expires_at
FROM {_PRESENTED}
WHERE r.used_at IS NULL AND r.expires_at > %(now)s AND g.client_id = %(client)s
  AND {IS_LIVE} AND (g.is_offline OR ({IS_SIGNED_IN}))
"""  # noqa: S608  constants only


@dataclass(frozen=True, slots=True)
class Rotated:
    """The successor, and what it stands for."""

    token: Secret
    standing: Standing


@dataclass(frozen=True, slots=True)
class Refused:
    """No new token. `code` is RFC 6749's: invalid_grant or invalid_scope."""

    code: str
    reason: str


def issue(*, tenant: Tenant, grant_id: UUID, grant_expires_at: datetime | None) -> Secret:
    """The first token of a family, in one statement."""
    now = timezone.now()
    token = secrets.generate("srt_")
    slid = now + timedelta(days=tenant.policy.refresh_token_days)
    insert(
        RefreshToken(
            tenant_id=tenant.id,
            grant_id=grant_id,
            digest=digest_of(token.reveal()),
            expires_at=min(slid, grant_expires_at) if grant_expires_at else slid,
        )
    )
    return token


def rotate(
    *, tenant: Tenant, client: Client, token: str, scopes: Iterable[str], actor: Actor
) -> Rotated | Refused:
    """Use up `token` and issue its successor, in one statement.

    `scopes` are what is asked now (none: all); the family keeps what was granted (RFC 6749 §6).
    Call it inside a transaction that is committed in either case: a token that was used before
    ends its family (decisions D1, D2: no grace).
    """
    now = timezone.now()
    successor = secrets.generate("srt_")
    origin, policy = actor.origin, tenant.policy
    parameters: dict[str, Any] = {
        "now": now,
        "digest": digest_of(token),
        "client": client.pk,
        "scopes": list(scopes),
        "id": uuid7(),
        "next_digest": digest_of(successor.reveal()),
        "expires_at": now + timedelta(days=policy.refresh_token_days),
        "idle_expires_at": now + timedelta(minutes=policy.session.idle_minutes),
        "ip": origin.ip,
        "country": origin.country,
        "user_agent": origin.user_agent,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROTATE, parameters)
        row = cursor.fetchone()
    if row is not None:
        return Rotated(successor, Standing.of(row))
    return _refused(tenant, parameters, actor)


def _refused(tenant: Tenant, parameters: dict[str, Any], actor: Actor) -> Refused:
    known = {name: parameters[name] for name in ("now", "digest", "client", "scopes")}
    with connection.cursor() as cursor:
        cursor.execute(_EXAMINE, known)
        row = cursor.fetchone()
    if row is None:
        return Refused("invalid_grant", "unknown")
    is_used, grant_id, is_within, is_live = row
    if is_used:
        grants.revoke(tenant=tenant, grant_id=grant_id, reason=grants.REFRESH_REUSED, actor=actor)
        return Refused("invalid_grant", "reused")
    if is_live and not is_within:
        return Refused("invalid_scope", "wider")
    return Refused("invalid_grant", "dead")


def grant_of(*, token: str, client: Client) -> UUID | None:
    """The grant of a token that was issued to `client`, used or not."""
    return (
        RefreshToken.objects.filter(digest=digest_of(token), grant__client_id=client.pk)
        .values_list("grant_id", flat=True)
        .first()
    )


def live(*, token: str, client: Client, now: datetime) -> tuple[Standing, datetime] | None:
    """What an unused token of `client` stands for, and when it expires; None if it is dead."""
    parameters = {"digest": digest_of(token), "client": client.pk, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, parameters)
        row = cursor.fetchone()
    return None if row is None else (Standing.of(row), row[-1])


def digest_of(token: str) -> bytes:
    """Under which a token is kept."""
    return secrets.digest(token, _PURPOSE)
