"""From a checked file to rows: one transaction, all or nothing."""

from collections.abc import Callable

from django.db import transaction

from identity.provisioning.document import Mistakes
from identity.provisioning.run import Run
from identity.provisioning.schema import File
from identity.provisioning.sections import operators, tenants
from identity.tenancy.scope import platform_scope


def apply(
    *,
    file: File,
    run: Run,
    is_dry: bool = False,
    before_commit: Callable[[], None] = lambda: None,
) -> None:
    """Afterwards everything in `file` is as it says, and `run.changes` tells what that took.

    A second run changes nothing. `before_commit` runs last inside the transaction: what it cannot
    write (generated secrets) is then not applied either. With `is_dry` everything is tried and
    rolled back. Raises Mistakes, with nothing applied, if any item was refused.
    """
    with platform_scope(), transaction.atomic():
        for index, item in enumerate(file.tenants):
            tenants.apply(run, ("tenants", index), item)
        operators.apply(run, ("operators",), file.operators)
        if run.is_pruning_users:
            tenants.prune(run, {item.tenant_id for item in file.tenants})
        if run.mistakes:
            raise Mistakes(run.mistakes)
        if is_dry:
            transaction.set_rollback(True)
        else:
            before_commit()
