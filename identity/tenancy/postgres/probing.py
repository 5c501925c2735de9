"""Refuse a database login under which row-level security would hold nothing back."""

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.pq import ExecStatus

from identity.tenancy.postgres.sessions import Session
from identity.tenancy.roles import OWNER, PLATFORM

# One row, one column per reason to refuse, and the process id the server itself knows.
_QUESTIONS = f"""
SELECT me.rolsuper OR me.rolbypassrls,
       EXISTS (SELECT FROM pg_catalog.pg_roles other
                WHERE other.oid <> me.oid AND (other.rolsuper OR other.rolbypassrls)
                  AND pg_catalog.pg_has_role(me.oid, other.oid, 'MEMBER')),
       EXISTS (SELECT FROM pg_catalog.pg_roles owner
                WHERE owner.rolname = '{OWNER}'
                  AND pg_catalog.pg_has_role(me.oid, owner.oid, 'MEMBER')),
       EXISTS (SELECT FROM pg_catalog.pg_roles platform
                WHERE platform.rolname = '{PLATFORM}'
                  AND pg_catalog.pg_has_role(me.oid, platform.oid, 'USAGE')),
       pg_catalog.pg_backend_pid()
  FROM pg_catalog.pg_roles me
 WHERE me.rolname = session_user
""".encode()  # noqa: S608 - only constants of ours are put in

_REFUSALS = (
    "is a superuser or has BYPASSRLS",
    "is a member of a superuser or of a role with BYPASSRLS",
    f"is a member of {OWNER}, who owns the tables",
    f"inherits {PLATFORM} and would see all tenants: it must be NOINHERIT before the GRANT",
)


def probe(session: Session, *, has_session_pooler: bool) -> None:
    """Raise `ImproperlyConfigured` for a login that row-level security does not bind, and for a
    pooler that moves a client between server sessions (its tenant would stay behind)."""
    result = session.pgconn.exec_(_QUESTIONS)
    if result.status != ExecStatus.TUPLES_OK:
        raise psycopg.errors.error_from_result(result)
    login = session.info.user
    for column, refusal in enumerate(_REFUSALS):
        if result.get_value(0, column) == b"t":
            raise ImproperlyConfigured(f"the database login {login} {refusal}")
    pid = result.get_value(0, len(_REFUSALS))
    if pid != str(session.pgconn.backend_pid).encode() and not has_session_pooler:
        raise ImproperlyConfigured(
            'a pooler stands before Postgres; only session mode is safe, say POOLER = "session"'
        )
