"""Reads the live catalogue and says where a tenant's wall has a hole."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

RUNTIME_ROLES = ("signet_app", "signet_platform", "signet_web", "public")
VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})

_TENANT = (
    "(tenant_id = ( SELECT (NULLIF(current_setting('signet.tenant'::text, true), ''::text))::uuid "
    'AS "nullif"))'
)
_MAINTENANCE = "(current_setting('signet.maintenance'::text, true) = 'on'::text)"


class Policy(NamedTuple):
    name: str
    roles: tuple[str, ...]
    verb: str
    is_permissive: bool
    using: str | None
    check: str | None


# Written out once more and not taken from the operation: this is what it is held against.
POLICIES = {
    Policy("tenant", ("signet_app",), "ALL", True, _TENANT, _TENANT),
    Policy("platform", ("signet_platform",), "ALL", True, "true", "true"),
    Policy("maintenance", ("signet_owner",), "ALL", True, _MAINTENANCE, None),
}

# The table of tenants itself: all read it, each changes some columns of its own row.
_OWN = _TENANT.replace("tenant_id", "id", 1)
OWN_ROW_POLICIES = {
    Policy("readable", ("signet_app",), "SELECT", True, "true", None),
    Policy("own", ("signet_app",), "UPDATE", True, _OWN, _OWN),
    Policy("platform", ("signet_platform",), "ALL", True, "true", "true"),
    Policy("maintenance", ("signet_owner",), "ALL", True, _MAINTENANCE, None),
}
_VERBS_OF_POLICIES = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}

_RELATIONS = """
SELECT c.oid, c.relname, c.relkind::text, pg_get_userbyid(c.relowner),
       c.relrowsecurity, c.relforcerowsecurity, coalesce(c.reloptions, '{}'),
       coalesce(a.attnotnull, false)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a
    ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND c.relkind NOT IN ('i', 'I', 't', 'c')
 ORDER BY c.relname
"""
_POLICIES = """
SELECT p.polname, array(SELECT CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END
                          FROM unnest(p.polroles) r ORDER BY 1),
       p.polcmd::text, p.polpermissive,
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
  FROM pg_policy p WHERE p.polrelid = %s
"""
_RIGHTS = """
SELECT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee)::text END, privilege_type
  FROM pg_class c, aclexplode(c.relacl) WHERE c.oid = %s
UNION ALL
SELECT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee)::text END,
       'COLUMN ' || privilege_type
  FROM pg_attribute a, aclexplode(a.attacl) WHERE a.attrelid = %s
"""
# A foreign key from one tenant's table to another that does not carry the tenant along.
_BARE_KEYS = """
SELECT k.conrelid::regclass::text, k.conname
  FROM pg_constraint k
 WHERE k.contype = 'f'
   AND EXISTS (SELECT FROM pg_policy WHERE polrelid = k.conrelid)
   AND EXISTS (SELECT FROM pg_policy WHERE polrelid = k.confrelid)
   AND NOT EXISTS (
       SELECT FROM unnest(k.conkey, k.confkey) AS pair(here, there)
         JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = here
         JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = there
        WHERE h.attname = 'tenant_id'
          AND (t.attname = 'tenant_id' OR k.confrelid = 'tenants_tenant'::regclass))
"""
_DEFINERS = """
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""


class Relation(NamedTuple):
    oid: int
    name: str
    kind: str
    owner: str
    has_security: bool
    has_force: bool
    options: list[str]
    has_tenant: bool


def holes(cursor: Any, global_tables: Mapping[str, str]) -> list[str]:
    """One line for each place where the wall is open; none when it is whole."""
    return list(_holes(cursor, global_tables))


def _holes(cursor: Any, global_tables: Mapping[str, str]) -> Iterator[str]:
    cursor.execute(_RELATIONS)
    relations = [Relation(*row) for row in cursor.fetchall()]
    for relation in relations:
        for hole in _of_relation(cursor, relation, is_global=relation.name in global_tables):
            yield f"{relation.name}: {hole}"
    for stale in sorted(set(global_tables) - {relation.name for relation in relations}):
        yield f"{stale}: listed as global, but there is no such table"
    cursor.execute(_BARE_KEYS)
    for table, constraint in cursor.fetchall():
        yield f"{table}: the foreign key {constraint} leaves out the tenant"
    cursor.execute(_DEFINERS)
    for (function,) in cursor.fetchall():
        yield f"{function}: SECURITY DEFINER runs as its owner"


def _of_relation(cursor: Any, relation: Relation, *, is_global: bool) -> Iterator[str]:
    if relation.owner in RUNTIME_ROLES:
        yield f"belongs to {relation.owner}"
    yield from _rights(cursor, relation, is_global=is_global)
    if relation.kind in "mf":
        yield "materialized views and foreign tables have no row-level security"
    elif relation.kind == "v":
        if "security_invoker=true" not in relation.options:
            yield "a view without security_invoker reads as its owner"
    elif relation.kind in "rp" and not is_global:
        if not relation.has_tenant:
            yield "has no NOT NULL tenant_id and is not listed as global"
        yield from _security(cursor, relation, POLICIES)
    elif relation.kind in "rp" and relation.has_security:
        yield from _security(cursor, relation, OWN_ROW_POLICIES)


def _security(cursor: Any, relation: Relation, policies: set[Policy]) -> Iterator[str]:
    if not (relation.has_security and relation.has_force):
        yield "row-level security is not both enabled and forced"
    cursor.execute(_POLICIES, [relation.oid])
    found = {
        Policy(
            name,
            tuple(roles),
            _VERBS_OF_POLICIES[verb],
            permissive,
            _flat(using),
            _flat(check),
        )
        for name, roles, verb, permissive, using, check in cursor.fetchall()
    }
    if found != policies:
        yield f"its policies are not the usual ones: {sorted(p.name for p in found ^ policies)}"


def _rights(cursor: Any, relation: Relation, *, is_global: bool) -> Iterator[str]:
    if relation.kind == "S":
        # USAGE takes the next number; SELECT and UPDATE would read and turn back the count.
        allowed = frozenset({"USAGE"}) if is_global else frozenset()
    else:
        allowed = VERBS if relation.kind in "rpv" else frozenset()
        if relation.has_security:
            # Narrower than the whole row, and behind the policies like it.
            allowed |= {f"COLUMN {verb}" for verb in VERBS}
    cursor.execute(_RIGHTS, [relation.oid, relation.oid])
    for role, right in cursor.fetchall():
        if role in RUNTIME_ROLES and (right not in allowed or role in {"signet_web", "public"}):
            yield f"{role} may {right}"


def _flat(expression: str | None) -> str | None:
    return expression if expression is None else re.sub(r"\s+", " ", expression)
