"""Whether an access token lives: its signature, then everything it hangs on in one statement."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.sessions.tokens.issuing import TYPE, issuer_of
from tenants.keys import signing
from tenants.registry.models import Tenant
from tenants.users.models import User

_MAX_CHARACTERS: Final = 8_192
# A sub-select with OFFSET can only be answered by its key. As plain joins they leave the planner a
# choice, and where one tenant is big among many small ones it may read all rows of a tenant.
_SQL: Final = """
SELECT g.client_id, c.client_id, g.session_id, g.scopes, {user_columns}
  FROM (SELECT * FROM login_sessions_tokengrant WHERE tenant_id = %s AND id = %s OFFSET 0) g
  JOIN tenants_tenant t ON t.id = g.tenant_id AND t.state = 'active'
 CROSS JOIN LATERAL (SELECT * FROM clients_client
                      WHERE tenant_id = g.tenant_id AND id = g.client_id OFFSET 0) c
  LEFT JOIN LATERAL (SELECT * FROM users_user
                      WHERE tenant_id = g.tenant_id AND id = g.user_id OFFSET 0) u ON true
  LEFT JOIN LATERAL (SELECT * FROM login_sessions_loginsession
                      WHERE tenant_id = g.tenant_id AND id = g.session_id OFFSET 0) s ON true
 WHERE g.revoked_at IS NULL AND NOT c.is_disabled
   AND (g.expires_at IS NULL OR g.expires_at > %s)
   AND (g.user_id IS NULL OR NOT u.is_disabled)
   AND (g.session_id IS NULL OR g.is_offline
        OR (s.ended_at IS NULL AND s.expires_at > %s AND s.idle_expires_at > %s))
"""


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token that is good now. `user` is None for a client's own token."""

    claims: dict[str, Any]
    grant_id: UUID
    client_pk: UUID
    client_id: str
    user: User | None
    session_id: UUID | None
    scopes: frozenset[str]
    expires_at: int

    def is_for(self, audience: str) -> bool:
        """Whether `aud` names `audience`."""
        named = self.claims.get("aud")
        return audience in named if isinstance(named, list) else named == audience


def inspect(*, tenant: Tenant, value: str) -> LiveToken | None:
    """The token, if each of these holds now: signature, type, issuer, time; grant not revoked,
    session not ended or idle, user, client and tenant not disabled (decision D10, SE05). Else
    None. One statement, none for a token that is forged, foreign or expired.
    """
    if len(value) > _MAX_CHARACTERS:
        return None
    claims = signing.verify(tenant_id=tenant.id, token=value, typ=TYPE)
    if claims is None or claims.get("iss") != issuer_of(tenant):
        return None
    expires_at, grant = claims.get("exp"), claims.get("gid")
    # No leeway: it is our own clock that made it. An expired token costs no statement.
    if not isinstance(expires_at, int) or not isinstance(grant, str) or expires_at <= time.time():
        return None
    grant_id = UUID(grant)
    statement, names = _statement()
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(statement, [tenant.id, grant_id, now, now, now])
        row = cursor.fetchone()
    if row is None:
        return None
    client_pk, client_id, session_id, granted, *columns = row
    user = User.from_db(connection.alias, names, columns) if columns[0] is not None else None
    return LiveToken(
        claims=claims,
        grant_id=grant_id,
        client_pk=client_pk,
        client_id=client_id,
        user=user,
        session_id=session_id,
        # What was narrowed at the grant after the token was made is narrowed here too.
        scopes=frozenset(str(claims.get("scope", "")).split()) & frozenset(granted)
        if user is not None
        else frozenset(str(claims.get("scope", "")).split()),
        expires_at=expires_at,
    )


@lru_cache(maxsize=1)
def _statement() -> tuple[str, list[str]]:
    fields = User._meta.concrete_fields
    columns = ", ".join(f'u."{field.column}"' for field in fields)
    return _SQL.format(user_columns=columns), [str(field.attname) for field in fields]
