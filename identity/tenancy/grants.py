"""What the runtime roles may do with tables of Django and other packages.

Their migrations are not ours, so the rights are given after each `migrate`. A table that is not
listed here, nor named by one of `identity.tenancy.operations`, is "permission denied".
"""

from typing import Any

from django.db import connections

from identity.tenancy.roles import APP, PLATFORM

# table: (what the app may, what the platform may)
THIRD_PARTY = {
    "django_content_type": ("SELECT", "SELECT"),
    "auth_permission": ("SELECT", "SELECT"),
    "django_migrations": ("SELECT", "SELECT"),
    # Keyed by an unguessable value; the truth about a sign-in is LoginSession.
    "django_session": ("SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT, UPDATE, DELETE"),
    # The truth is the audit trail; the admin only wants to write its own notes.
    "django_admin_log": (None, "SELECT, INSERT"),
}


def grant_third_party_tables(*, using: str, **_: Any) -> None:
    """Receiver of `post_migrate`: afterwards the roles have exactly these rights on them."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for table, rights in THIRD_PARTY.items():
            if table not in existing:
                continue
            quoted = connection.ops.quote_name(table)
            for role, may in zip((APP, PLATFORM), rights, strict=True):
                cursor.execute(f"REVOKE ALL ON {quoted} FROM {role}")
                if may is not None:
                    cursor.execute(f"GRANT {may} ON {quoted} TO {role}")
