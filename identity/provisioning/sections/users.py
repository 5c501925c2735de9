"""People. A password is an initial value: given to a person who has none, or with `force`."""

from collections.abc import Sequence
from functools import partial
from typing import TypedDict
from uuid import UUID

from authn.authenticators import passwords
from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import OperatorItem, UserItem
from tenants.registry.models import Tenant
from tenants.users import accounts, identifiers
from tenants.users.models import User
from tenants.users.profiles import Profile


class _Wanted(TypedDict):
    email: str
    name: str
    locale: str | None
    roles: list[str]
    is_verified: bool
    is_disabled: bool
    external_id: str | None
    zoneinfo: str | None


def apply(run: Run, path: Path, tenant: Tenant, items: Sequence[UserItem]) -> None:
    """Create and change people; with `--prune-users` delete those that the file does not name."""
    kept = set()
    for index, item in enumerate(items):
        user = run.attempt((*path, index), partial(ensure, run, tenant, item, item.roles))
        if user is not None:
            kept.add(user.id)
    if run.is_pruning_users:
        prune(run, tenant, kept)


def ensure(run: Run, tenant: Tenant, item: UserItem | OperatorItem, roles: Sequence[str]) -> User:
    """The person of `item` as the item says; noted as created, changed or left."""
    wanted = _wanted(item, roles)
    held = identifiers.find(tenant=tenant, text=item.username)
    if held is None:
        user = accounts.create(
            tenant=tenant,
            username=item.username,
            public_id=item.user_id if isinstance(item, UserItem) else "",
            actor=run.actor,
            **wanted,
        )
        run.note("created", "user", user.username, tenant.slug)
        _set_password(run, user, item, is_new=True)
        return user
    user = accounts.update(user=held, actor=run.actor, **wanted)
    details = Profile.of(user).differences(Profile.of(held))
    details += _set_password(run, user, item, is_new=False)
    run.note("changed" if details else "left", "user", user.username, tenant.slug, *details)
    return user


def prune(run: Run, tenant: Tenant, kept: set[UUID]) -> None:
    """Delete the people of `tenant` whose ids are not in `kept`."""
    for user in User.objects.of(tenant).exclude(id__in=kept):
        accounts.delete(user=user, actor=run.actor)
        run.note("pruned", "user", user.username, tenant.slug)


def _wanted(item: UserItem | OperatorItem, roles: Sequence[str]) -> _Wanted:
    wanted = _Wanted(
        email=item.email,
        name=item.name,
        locale=item.locale,
        roles=sorted(roles),
        is_verified=True,
        is_disabled=False,
        external_id=None,
        zoneinfo=None,
    )
    if isinstance(item, UserItem):
        wanted["is_verified"] = item.is_verified
        wanted["is_disabled"] = item.is_disabled
        wanted["external_id"] = item.external_id
        wanted["zoneinfo"] = item.zoneinfo
    return wanted


def _set_password(
    run: Run, user: User, item: UserItem | OperatorItem, *, is_new: bool
) -> list[str]:
    if item.password is None or not (is_new or item.force):
        return []
    if not is_new and passwords.verify(user=user, password=item.password):
        return []
    passwords.set_password(user=user, password=item.password, actor=run.actor)
    return ["password"]
