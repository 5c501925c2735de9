"""Migration operations that put a table behind, or knowingly outside, the wall between tenants.

They are the only place where a runtime role is given a right on a table of ours: a table without
one of them is "permission denied", never "open".
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import names_digest
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from identity.tenancy.roles import APP, OWNER, PLATFORM

# The sub-select is evaluated once, when a cursor is opened. Without it a server-side cursor opened
# for one tenant returned another one's rows after the setting had changed.
TENANT_IS_CURRENT = "tenant_id = (SELECT nullif(current_setting('signet.tenant', true), '')::uuid)"
# Set by the owner's own connection only. The app gains nothing by setting it: the policy names
# the owner.
IS_MAINTENANCE = "current_setting('signet.maintenance', true) = 'on'"

# TRUNCATE ignores row-level security, REFERENCES and TRIGGER reach around it: never granted.
GRANTABLE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
ALL_FOUR = "SELECT, INSERT, UPDATE, DELETE"


class TableOperation(Operation):
    """Changes rights on one table and nothing in the models' state."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str) -> None:
        self.model = model

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(app_label, schema_editor, to_state, is_forwards=True)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(app_label, schema_editor, to_state, is_forwards=False)

    def _run(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        *,
        is_forwards: bool,
    ) -> None:
        model = state.apps.get_model(app_label, self.model)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        statements = self.raising(model) if is_forwards else self.lowering(model)
        for statement in statements:
            # None: the text holds no parameters, so its percent signs are its own.
            schema_editor.execute(statement, params=None)

    def raising(self, model: Any) -> list[str]:
        """The statements that put the table there."""
        raise NotImplementedError

    def lowering(self, model: Any) -> list[str]:
        """The statements that take it back."""
        raise NotImplementedError


class TenantIsolation(TableOperation):
    """Rows of this table belong to the tenant in `tenant_id`, for every runtime role but the
    platform's. An append-only table says `may="SELECT, INSERT"`."""

    def __init__(self, model: str, may: str = ALL_FOUR) -> None:
        super().__init__(model)
        self.may = checked(may)

    def raising(self, model: Any) -> list[str]:
        table = quoted(model._meta.db_table)
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            # A plain view runs as its owner: without FORCE it shows a tenant every row.
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            (
                f"CREATE POLICY tenant ON {table} TO {APP} "
                f"USING ({TENANT_IS_CURRENT}) WITH CHECK ({TENANT_IS_CURRENT})"
            ),
            f"CREATE POLICY platform ON {table} TO {PLATFORM} USING (true) WITH CHECK (true)",
            f"CREATE POLICY maintenance ON {table} TO {OWNER} USING ({IS_MAINTENANCE})",
            f"GRANT {self.may} ON {table} TO {APP}, {PLATFORM}",
        ]

    def lowering(self, model: Any) -> list[str]:
        table = quoted(model._meta.db_table)
        return [
            f"REVOKE ALL ON {table} FROM {APP}, {PLATFORM}",
            *(f"DROP POLICY {name} ON {table}" for name in ("tenant", "platform", "maintenance")),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]

    def describe(self) -> str:
        return f"Separate the rows of {self.model} by tenant"


class GlobalTable(TableOperation):
    """Rows of this table belong to no tenant: no secrets in it. `may` is what the app may do; the
    platform may do all four."""

    def __init__(self, model: str, may: str = "SELECT") -> None:
        super().__init__(model)
        self.may = checked(may)

    def raising(self, model: Any) -> list[str]:
        table = quoted(model._meta.db_table)
        return [
            f"GRANT {self.may} ON {table} TO {APP}",
            f"GRANT {ALL_FOUR} ON {table} TO {PLATFORM}",
        ]

    def lowering(self, model: Any) -> list[str]:
        return [f"REVOKE ALL ON {quoted(model._meta.db_table)} FROM {APP}, {PLATFORM}"]

    def describe(self) -> str:
        return f"Share the rows of {self.model} among all tenants"


class ReadByAll(TableOperation):
    """Rows of this table are read under every scope, and each tenant may change the columns
    `own` of the one row whose primary key it is; the platform may do all four.

    For the table of tenants itself: it is read before a tenant is known, and a tenant's
    administrators change its settings where the login was not granted the platform.
    """

    def __init__(self, model: str, own: tuple[str, ...]) -> None:
        super().__init__(model)
        self.own = own

    def raising(self, model: Any) -> list[str]:
        table = quoted(model._meta.db_table)
        key = quoted(model._meta.pk.column)
        is_own = TENANT_IS_CURRENT.replace("tenant_id", key, 1)
        columns = ", ".join(quoted(model._meta.get_field(name).column) for name in self.own)
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY readable ON {table} FOR SELECT TO {APP} USING (true)",
            (
                f"CREATE POLICY own ON {table} FOR UPDATE TO {APP} "
                f"USING ({is_own}) WITH CHECK ({is_own})"
            ),
            f"CREATE POLICY platform ON {table} TO {PLATFORM} USING (true) WITH CHECK (true)",
            f"CREATE POLICY maintenance ON {table} TO {OWNER} USING ({IS_MAINTENANCE})",
            f"GRANT SELECT, UPDATE ({columns}) ON {table} TO {APP}",
            f"GRANT {ALL_FOUR} ON {table} TO {PLATFORM}",
        ]

    def lowering(self, model: Any) -> list[str]:
        table = quoted(model._meta.db_table)
        columns = ", ".join(quoted(model._meta.get_field(name).column) for name in self.own)
        return [
            f"REVOKE ALL ON {table} FROM {APP}, {PLATFORM}",
            f"REVOKE UPDATE ({columns}) ON {table} FROM {APP}",
            *(
                f"DROP POLICY {name} ON {table}"
                for name in ("readable", "own", "platform", "maintenance")
            ),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]

    def describe(self) -> str:
        return f"Let every scope read {self.model} and each tenant change its own row"


class SameTenant(TableOperation):
    """A row may only point at a row of its own tenant.

    Checks of foreign keys ignore row-level security: without the tenant in the key, a row that
    points into another tenant is accepted. The target needs UNIQUE (tenant_id, its key). The
    field itself says `db_constraint=False`; SET NULL empties the field and keeps the tenant.
    """

    def __init__(self, model: str, field: str, on_delete: str = "CASCADE") -> None:
        super().__init__(model)
        if on_delete not in {"CASCADE", "NO ACTION", "SET NULL"}:
            raise ValueError(f"unknown on_delete {on_delete!r}")
        self.field = field
        self.on_delete = on_delete

    def raising(self, model: Any) -> list[str]:
        field = model._meta.get_field(self.field)
        column = quoted(field.column)
        target = quoted(field.remote_field.model._meta.db_table)
        key = quoted(field.target_field.column)
        action = f"SET NULL ({column})" if self.on_delete == "SET NULL" else self.on_delete
        adding = (
            f"ALTER TABLE {quoted(model._meta.db_table)} ADD CONSTRAINT {self._name(model)} "
            f"FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, {key}) "
            f"ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"
        )
        return [adding]

    def lowering(self, model: Any) -> list[str]:
        table = quoted(model._meta.db_table)
        return [f"ALTER TABLE {table} DROP CONSTRAINT {self._name(model)}"]

    def describe(self) -> str:
        return f"Keep {self.field} of {self.model} within one tenant"

    def _name(self, model: Any) -> str:
        table, column = model._meta.db_table, model._meta.get_field(self.field).column
        digest = names_digest(table, column, length=8)
        # Postgres cuts names at 63 bytes.
        return quoted(f"{f'{table}_{column}'[:38]}_{digest}_same_tenant")


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def checked(may: str) -> str:
    """The verbs in upper case; raises `ValueError` for one that must never be granted."""
    verbs = [verb.strip().upper() for verb in may.split(",")]
    if unknown := set(verbs) - GRANTABLE:
        raise ValueError(f"never granted: {', '.join(sorted(unknown))}")
    return ", ".join(verbs)
