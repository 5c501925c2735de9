"""Wire forms of sessions (contract 2.4)."""

from typing import Any

from authn.sessions.models import LoginSession
from identity.kernel.client_events import client_event
from tenants.registry.models import Tenant


def session(row: LoginSession, tenant: Tenant) -> dict[str, Any]:
    """The contract's Session; `token_issue` is null until a token was issued in it."""
    return {
        "session_id": str(row.id),
        "user_id": row.user.public_id,
        "tenant_id": tenant.slug,
        "created": client_event(
            at=row.created_at,
            ip=row.created_ip,
            country=row.created_country,
            user_agent=row.created_user_agent,
        ),
        "expires_at": min(row.expires_at, row.idle_expires_at).isoformat().replace("+00:00", "Z"),
        "token_issue": client_event(
            at=row.token_issue_at,
            ip=row.token_issue_ip,
            country=row.token_issue_country,
            user_agent=row.token_issue_user_agent,
        ),
        "last_access": client_event(
            at=row.last_access_at,
            ip=row.last_access_ip,
            country=row.last_access_country,
            user_agent=row.last_access_user_agent,
        ),
    }
