"""Groups and who is in them."""

from collections.abc import Sequence
from functools import partial

from identity.kernel.errors import Invalid
from identity.kernel.text import fold
from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import GroupItem
from tenants.registry.models import Tenant
from tenants.users import groups, identifiers
from tenants.users.models import Group, User


def apply(run: Run, path: Path, tenant: Tenant, items: Sequence[GroupItem]) -> None:
    """Create and change groups, set their members; with `--prune` delete the others."""
    kept = set()
    for index, item in enumerate(items):
        group = run.attempt((*path, index), partial(_ensure, run, tenant, item))
        if group is not None:
            kept.add(group.id)
    if run.is_pruning:
        for other in Group.objects.filter(tenant=tenant).exclude(id__in=kept):
            groups.delete(group=other, actor=run.actor)
            run.note("pruned", "group", other.display_name, tenant.slug)


def _ensure(run: Run, tenant: Tenant, item: GroupItem) -> Group:
    members = _members(tenant, item)
    held = Group.objects.filter(tenant=tenant, name_key=fold(item.displayName)).first()
    if held is None:
        group = groups.create(
            tenant=tenant,
            display_name=item.displayName,
            external_id=item.external_id,
            members=members,
            actor=run.actor,
        )
        run.note("created", "group", group.display_name, tenant.slug)
        return group
    details = []
    if held.display_name != item.displayName or held.external_id != item.external_id:
        held = groups.update(
            group=held,
            display_name=item.displayName,
            external_id=item.external_id or "",
            actor=run.actor,
        )
        details.append("group")
    if set(held.memberships.values_list("user_id", flat=True)) != {user.id for user in members}:
        groups.set_members(group=held, members=members, actor=run.actor)
        details.append("members")
    run.note("changed" if details else "left", "group", held.display_name, tenant.slug, *details)
    return held


def _members(tenant: Tenant, item: GroupItem) -> list[User]:
    found = []
    for index, name in enumerate(item.members):
        user = identifiers.find(tenant=tenant, text=name)
        if user is None:
            raise Invalid(f"members.{index}", f"names nobody: {name}")
        found.append(user)
    return found
