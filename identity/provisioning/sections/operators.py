"""Platform operators: people of the reserved tenant `platform` with the operator's role."""

from collections.abc import Sequence
from functools import partial

from authn.authenticators import passwords
from identity.kernel.identifiers import unguessable
from identity.kernel.secrets import Secret
from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import OperatorItem
from identity.provisioning.sections import users
from identity.tenancy.scope import tenant_scope
from tenants.registry import lifecycle
from tenants.registry.models import Tenant
from tenants.users import identifiers
from tenants.users.models import Role, User

# 144 bits, 24 characters: meets the rules for a password that is the only factor.
_GENERATED_PASSWORD_BYTES = 18


def apply(run: Run, path: Path, items: Sequence[OperatorItem]) -> None:
    """Create and change operators; with `--prune-users` delete those that the file leaves out.

    An operator without a password in the file gets a generated one.
    """
    if not items:
        return
    platform = lifecycle.ensure_platform(actor=run.actor)
    kept = set()
    with tenant_scope(platform.id):
        for index, item in enumerate(items):
            here = (*path, index)
            user = run.attempt(here, partial(_ensure, run, here, platform, item))
            if user is not None:
                kept.add(user.id)
        if run.is_pruning_users:
            users.prune(run, platform, kept)


def _ensure(run: Run, path: Path, platform: Tenant, item: OperatorItem) -> User:
    generated = _generated(run, path, platform, item)
    whole = item.model_copy(update={"password": generated.reveal()}) if generated else item
    user = users.ensure(run, platform, whole, roles=[Role.PLATFORM_OPERATOR])
    if generated is not None:
        run.keep(f"operator {item.username} password", generated)
    return user


def _generated(run: Run, path: Path, platform: Tenant, item: OperatorItem) -> Secret | None:
    """A password for an operator who has none and is given none; None where none is needed."""
    held = identifiers.find(tenant=platform, text=item.username)
    if item.password is not None or (held is not None and passwords.has_password(held)):
        return None
    if not run.may_generate(path, "password"):
        return None
    return Secret(unguessable(_GENERATED_PASSWORD_BYTES))
