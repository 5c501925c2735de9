"""What a superuser's bootstrap leaves, seen by the runtime login of these tests."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from identity.tenancy import roles
from identity.tenancy.postgres.owner import as_owner

pytestmark = pytest.mark.django_db


def row(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()


def test_the_login_is_the_web_role_and_has_no_right_of_its_own() -> None:
    """tenancy §2: NOINHERIT: no right of its own until SET ROLE."""
    assert row("SELECT session_user, current_user") == (roles.WEB, roles.APP)
    assert row(
        "SELECT count(*) FROM pg_class, aclexplode(relacl) "
        f"WHERE pg_get_userbyid(grantee) = '{roles.WEB}'"
    ) == (0,)


def test_roles_that_policies_name_cannot_log_in() -> None:
    """tenancy §2: signet_app, signet_platform NOLOGIN."""
    assert row(
        "SELECT bool_or(rolcanlogin) FROM pg_roles "
        f"WHERE rolname IN ('{roles.APP}', '{roles.PLATFORM}')"
    ) == (False,)


def test_the_owner_is_a_member_of_nothing() -> None:
    """tenancy §2: owns tables, member of nothing."""
    assert row(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
        f"WHERE r.rolname = '{roles.OWNER}'"
    ) == (0,)


def test_a_stray_session_of_the_owner_fails_instead_of_seeing_nothing() -> None:
    """tenancy §2: ALTER ROLE signet_owner SET row_security = off."""
    assert row(
        "SELECT 'row_security=off' = ANY(setconfig) FROM pg_db_role_setting s "
        f"JOIN pg_roles r ON r.oid = s.setrole WHERE rolname = '{roles.OWNER}' AND setdatabase = 0"
    ) == (True,)


def test_set_config_is_the_owners_only() -> None:
    """tenancy §6: with it SQL injection walked out of the tenant."""
    may = "has_function_privilege('{}', 'pg_catalog.set_config(text, text, boolean)', 'EXECUTE')"
    asked = ", ".join(may.format(role) for role in (roles.APP, roles.PLATFORM, roles.OWNER))
    assert row(f"SELECT {asked}") == (False, False, True)


def test_no_runtime_role_makes_objects() -> None:
    """tenancy §2: a temp table shadows a real one."""
    assert row(
        f"SELECT has_database_privilege('{roles.APP}', current_database(), 'TEMP'), "
        f"has_schema_privilege('{roles.APP}', 'public', 'CREATE'), "
        f"has_schema_privilege('{roles.PLATFORM}', 'public', 'CREATE')"
    ) == (False, False, False)


def test_the_owner_is_reached_under_the_same_alias() -> None:
    """tenancy §1: one alias, two DSNs: a RunPython that forgets `using` runs as the owner too."""
    with as_owner("default"):
        assert row("SELECT current_user, current_setting('signet.maintenance')") == (
            roles.OWNER,
            "on",
        )
    assert row("SELECT current_user") == (roles.APP,)


@pytest.mark.parametrize(
    ("table", "may"),
    [
        ("django_content_type", {"SELECT"}),
        ("auth_permission", {"SELECT"}),
        ("django_migrations", {"SELECT"}),
        ("auth_group", set()),
    ],
)
def test_tables_of_django_are_read_only(table: str, may: set[str]) -> None:
    """tenancy §8: granted in a post_migrate receiver; auth_group: no grant."""
    for role in (roles.APP, roles.PLATFORM):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT privilege_type FROM pg_class, aclexplode(relacl) "
                "WHERE relname = %s AND pg_get_userbyid(grantee) = %s",
                [table, role],
            )
            assert {privilege for (privilege,) in cursor.fetchall()} == may


@pytest.mark.django_db(transaction=True)
def test_flush_empties_tables_as_the_owner_and_keeps_what_describes_code() -> None:
    """tenancy §7: the owner truncates; the runtime roles lack that right."""
    with as_owner("default"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES ('left behind')")
    call_command("flush", interactive=False, verbosity=0)

    with as_owner("default"):
        assert row("SELECT count(*) FROM auth_group") == (0,)
    assert row("SELECT count(*) > 0 FROM auth_permission") == (True,)
