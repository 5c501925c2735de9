"""People. A password is an initial value: given to a person who has none, or with `force`."""

from collections.abc import Sequence

from authn.authenticators import passwords
from identity.provisioning import differences
from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import OperatorItem, UserItem
from tenants.registry.models import Tenant
from tenants.users import accounts, identifiers
from tenants.users.models import User


def apply(run: Run, path: Path, tenant: Tenant, items: Sequence[UserItem]) -> None:
    """Create and change people; with `--prune-users` delete those that the file does not name."""
    kept = set()
    for index, item in enumerate(items):
        with run.item((*path, index)):
            user = ensure(run, tenant, item, roles=item.roles)
            kept.add(user.id)
    if run.is_pruning_users:
        prune(run, tenant, kept)


def ensure(run: Run, tenant: Tenant, item: UserItem | OperatorItem, roles: Sequence[str]) -> User:
    """The person of `item` as the item says; noted as created, changed or left."""
    wanted = {
        "email": item.email,
        "name": item.name,
        "locale": item.locale,
        "roles": sorted(roles),
    }
    if isinstance(item, UserItem):
        wanted |= {
            "is_verified": item.is_verified,
            "is_disabled": item.is_disabled,
            "external_id": item.external_id,
            "zoneinfo": item.zoneinfo,
        }
    else:
        wanted |= {"is_verified": True}
    held = identifiers.find(tenant=tenant, text=item.username)
    if held is None:
        public_id = item.user_id if isinstance(item, UserItem) else ""
        user = accounts.create(
            tenant=tenant,
            username=item.username,
            public_id=public_id,
            actor=run.actor,
            **wanted,
        )
        details = _set_password(run, user, item, is_new=True)
        run.note("created", "user", user.username, tenant.slug, *details)
        return user
    changes = differences.between(held, wanted)
    user = _changed(run, held, changes) if changes else held
    details = [*changes, *_set_password(run, user, item, is_new=False)]
    run.note("changed" if details else "left", "user", user.username, tenant.slug, *details)
    return user


def prune(run: Run, tenant: Tenant, kept: set[object]) -> None:
    """Delete the people of `tenant` whose ids are not in `kept`."""
    for user in User.objects.of(tenant).exclude(id__in=kept):
        accounts.delete(user=user, actor=run.actor)
        run.note("pruned", "user", user.username, tenant.slug)


def _changed(run: Run, user: User, changes: dict[str, object]) -> User:
    is_disabled = changes.pop("is_disabled", None)
    if changes:
        user = accounts.update(user=user, actor=run.actor, **changes)
    if is_disabled is True:
        user = accounts.deactivate(user=user, actor=run.actor)
        changes["is_disabled"] = True
    elif is_disabled is False:
        user = accounts.reactivate(user=user, actor=run.actor)
        changes["is_disabled"] = False
    return user


def _set_password(
    run: Run, user: User, item: UserItem | OperatorItem, *, is_new: bool
) -> list[str]:
    if item.password is None or not (is_new or item.force):
        return []
    if not is_new and passwords.verify(user=user, password=item.password):
        return []
    passwords.set_password(user=user, password=item.password, actor=run.actor)
    return ["password"]
