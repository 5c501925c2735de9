"""Every table of the live test database stands behind the wall between tenants, or says why not."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from identity.tenancy.postgres.owner import as_owner
from tests.architecture.walls import holes

pytestmark = pytest.mark.django_db

GLOBAL = {
    "tenants_tenant": "read before a tenant is known; holds no secrets",
    "tenants_tenanthost": "host → tenant, read before a tenant is known",
    "tenants_credentialdirectory": "digest of a credential → tenant, nothing else",
    "django_content_type": "describes code",
    "auth_permission": "describes code",
    "django_migrations": "describes code",
    "auth_group": "no runtime role has any right on it; our own Group is a tenant's",
    "auth_group_permissions": "no runtime role has any right on it",
    "outbox_job": "when each periodic job of the platform is due; nothing of a tenant",
    "tenant_serial": "a sequence: the short number of a tenant in cookie names",
    "user_serial": "a sequence: the number vendors' dialects show for a person",
    "api_key_serial": "a sequence: the number vendors' dialects show for an API key",
}

A_TENANTS_TABLE = "users_user"
ANOTHER = "users_group"

# Each opens one hole. The check must see every one of them.
MUTATIONS = {
    "security off": f"ALTER TABLE {A_TENANTS_TABLE} DISABLE ROW LEVEL SECURITY",
    "not forced": f"ALTER TABLE {A_TENANTS_TABLE} NO FORCE ROW LEVEL SECURITY",
    "policy missing": f"DROP POLICY maintenance ON {A_TENANTS_TABLE}",
    "policy too many": f"CREATE POLICY open ON {A_TENANTS_TABLE} FOR SELECT USING (true)",
    "policy widened": f"ALTER POLICY tenant ON {A_TENANTS_TABLE} USING (true)",
    "policy for more roles": f"ALTER POLICY platform ON {A_TENANTS_TABLE} TO signet_app",
    "tenant optional": f"ALTER TABLE {ANOTHER} ALTER tenant_id DROP NOT NULL",
    "new table": "CREATE TABLE forgotten (id uuid)",
    "sequence": "CREATE SEQUENCE counter; GRANT USAGE ON SEQUENCE counter TO signet_app",
    "sequence read": "GRANT SELECT ON SEQUENCE user_serial TO signet_app",
    "all tenants' rows": "ALTER POLICY own ON tenants_tenant USING (true) WITH CHECK (true)",
    "a column of all": "GRANT UPDATE (host) ON tenants_tenanthost TO signet_app",
    "truncate": f"GRANT TRUNCATE ON {A_TENANTS_TABLE} TO signet_app",
    "one column": f"GRANT SELECT (id) ON {A_TENANTS_TABLE} TO PUBLIC",
    "right without role": f"GRANT SELECT ON {A_TENANTS_TABLE} TO signet_web",
    "view": f"CREATE VIEW seen AS SELECT * FROM {A_TENANTS_TABLE}",
    "materialized": f"CREATE MATERIALIZED VIEW kept AS SELECT * FROM {A_TENANTS_TABLE}",
    "bare key": f"ALTER TABLE {A_TENANTS_TABLE} ADD other uuid REFERENCES {ANOTHER} (id)",
    "definer": "CREATE FUNCTION walks() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "stale": "DROP TABLE auth_group CASCADE",
}


def test_every_table_is_behind_the_wall() -> None:
    """tenancy §7 (a), (d): tenant_id, RLS, FORCE, exactly three policies; rights; GLOBAL not
    stale; each key between tenants' tables carries the tenant."""
    with connection.cursor() as cursor:
        assert "\n".join(holes(cursor, GLOBAL)) == ""


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_check_sees_a_hole(mutation: str) -> None:
    """tenancy §7: each mutation failed it."""
    with as_owner("default"), transaction.atomic(), connection.cursor() as cursor:
        before = holes(cursor, GLOBAL)
        cursor.execute(MUTATIONS[mutation])

        assert set(holes(cursor, GLOBAL)) - set(before)
        transaction.set_rollback(True)


def test_every_model_has_a_tenant_or_is_global() -> None:
    """tenancy §7 (b): each managed model is in GLOBAL or has a non-null tenant; no automatic
    through table, which would have none."""
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in GLOBAL or not model._meta.managed or model._meta.swapped:
            continue
        assert not model._meta.auto_created, f"{table} needs an explicit through with a tenant"
        column = next((f for f in model._meta.concrete_fields if f.column == "tenant_id"), None)
        assert column is not None, f"{table} has no tenant"
        assert not column.null, f"{table} may have no tenant"


def test_the_login_cannot_see_past_the_wall() -> None:
    """tenancy §7 (c): no superuser, BYPASSRLS, CREATEDB, CREATEROLE, platform inheritor or owner
    member."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolinherit, "
            "pg_has_role(oid, 'signet_platform', 'USAGE'), "
            "pg_has_role(oid, 'signet_owner', 'MEMBER') FROM pg_roles WHERE rolname = session_user"
        )
        assert set(cursor.fetchone()) == {False}


def test_row_level_security_is_active_for_the_app() -> None:
    """tenancy §7 (c): row_security_active, asked as the role that a request runs under."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active(%s)", [A_TENANTS_TABLE])
        assert cursor.fetchone() == (True,)


def keys_between_tenants() -> Iterator[Any]:
    """The foreign keys of models from one tenant's table to another."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey) or not model._meta.managed:
                continue
            target = field.related_model._meta
            if model._meta.db_table not in GLOBAL and target.db_table not in GLOBAL:
                yield field


@pytest.mark.parametrize("field", list(keys_between_tenants()), ids=str)
def test_each_key_between_tenants_carries_the_tenant(field: Any) -> None:
    """tenancy §7: each FK between tenant tables has its composite twin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid = %s::regclass",
            [field.model._meta.db_table],
        )
        found = [row[0] for row in cursor.fetchall()]
    target = field.related_model._meta.db_table
    twin = (
        f"FOREIGN KEY (tenant_id, {field.column}) REFERENCES {target}"
        f"(tenant_id, {field.target_field.column})"
    )

    assert any(definition.startswith(twin) for definition in found), twin
    assert not field.db_constraint, f"{field} has a second key that leaves out the tenant"
