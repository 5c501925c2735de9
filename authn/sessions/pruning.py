"""Sessions and grants that have been over for long go."""

from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

# Long enough to answer "who was that last month?"; the audit trail keeps what must stay longer.
KEEP: Final = timedelta(days=90)
_BATCH: Final = 5_000


def prune() -> None:
    """Afterwards nothing is left that ended or was revoked more than 90 days ago, up to 5,000 of
    each a turn; what hangs on it goes with it (the database cascades). Runs in the platform's
    scope. A client's own grant stays, and a session as long as a grant of it lives."""
    before = timezone.now() - KEEP
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM login_sessions_tokengrant WHERE id IN (
                SELECT id FROM login_sessions_tokengrant
                 WHERE user_id IS NOT NULL AND (revoked_at < %s OR expires_at < %s) LIMIT %s)
            """,
            [before, before, _BATCH],
        )
        cursor.execute(
            """
            DELETE FROM login_sessions_loginsession WHERE id IN (
                SELECT s.id FROM login_sessions_loginsession s
                 WHERE (s.expires_at < %s OR s.ended_at < %s) AND NOT EXISTS (
                       SELECT FROM login_sessions_tokengrant g
                        WHERE g.tenant_id = s.tenant_id AND g.session_id = s.id) LIMIT %s)
            """,
            [before, before, _BATCH],
        )
