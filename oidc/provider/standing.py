"""What a code or a refresh token stands for: its grant, person and sign-in, read in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from oidc.provider.claims import Person
from oidc.provider.id_tokens import SignIn

# The session lives; %(now)s is the application's clock, which tests can move.
IS_SIGNED_IN: Final = """
    s.id IS NOT NULL AND s.ended_at IS NULL AND s.expires_at > %(now)s
    AND s.idle_expires_at > %(now)s
"""
# Aliases: g grant, u user, c client, s session (outer). The names are those of `Standing.of`.
COLUMNS: Final = f"""
    g.id AS grant_id, g.client_id AS grant_client_id, g.scopes, g.nonce, g.is_offline,
    g.expires_at AS grant_expires_at, g.amr, g.acr, g.auth_time,
    CASE WHEN {IS_SIGNED_IN} THEN s.id END AS session_id,
    u.id AS user_id, u.username, u.name, u.email, u.is_verified, u.locale, u.zoneinfo,
    coalesce(u.updated_at, u.created_at) AS user_updated_at
"""
# To be formatted with the expression of the grant's id. A sub-select with OFFSET can only be
# answered by its key. As plain joins they leave the planner a choice, and where one tenant is big
# among many small ones it believes that a tenant has one row and reads them all.
JOINS: Final = """
    CROSS JOIN LATERAL (
        SELECT * FROM login_sessions_tokengrant WHERE id = {grant_id} OFFSET 0) g
    CROSS JOIN LATERAL (SELECT * FROM users_user WHERE id = g.user_id OFFSET 0) u
    CROSS JOIN LATERAL (SELECT * FROM clients_client WHERE id = g.client_id OFFSET 0) c
    LEFT JOIN LATERAL (
        SELECT * FROM login_sessions_loginsession WHERE id = g.session_id OFFSET 0) s ON true
"""
# Person, client and grant may still act.
IS_LIVE: Final = """
    g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > %(now)s)
    AND NOT u.is_disabled AND NOT c.is_disabled
"""
_COUNT: Final = 18


@dataclass(frozen=True, slots=True)
class Standing:
    """One live grant, with all that its tokens say."""

    grant_id: UUID
    client_id: UUID
    scopes: tuple[str, ...]
    nonce: str
    is_offline: bool
    grant_expires_at: datetime | None
    sign_in: SignIn
    person: Person

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """From the columns of `COLUMNS`, in their order."""
        (grant_id, client_id, scopes, nonce, is_offline, expires_at) = row[:6]
        (amr, acr, auth_time, session_id) = row[6:10]
        person = Person(*row[10:_COUNT])
        sign_in = SignIn(session_id, auth_time, tuple(amr), acr)
        return cls(
            grant_id, client_id, tuple(scopes), nonce, is_offline, expires_at, sign_in, person
        )
