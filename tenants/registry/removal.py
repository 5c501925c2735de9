"""Deleting rows by statements: the database cascades, nothing is read into memory.

Django's collector would select every row that points at a deleted one, in the order of its own
graph; for a tenant of a million people that is a million objects. Each foreign key between
tenants' tables has an ON DELETE rule of its own (`SameTenant`), which this relies on.
"""

from uuid import UUID

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg.sql import SQL, Identifier

from tenants.registry.models import Tenant


def remove(row: models.Model) -> bool:
    """Delete one row and what hangs on it; False if it was gone already."""
    key = row._meta.pk
    return _delete(row._meta.db_table, key.column or key.attname, row.pk) > 0


def remove_all_of(tenant: Tenant) -> None:
    """Delete the tenant and each row of each room that points at it.

    Needs the platform's scope. The order of tables does not matter: keys cascade or are checked
    when the transaction commits.
    """
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Tenant:
                _delete(model._meta.db_table, field.column or field.attname, tenant.id)
    remove(tenant)


def _delete(table: str, column: str, value: UUID) -> int:
    statement = SQL("DELETE FROM {} WHERE {} = %s").format(Identifier(table), Identifier(column))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, [value])
        return int(cursor.rowcount)
