"""Groups of people and who is in them."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel.actors import Actor
from identity.kernel.errors import Invalid, NotFound
from identity.kernel.text import fold, require_plain
from identity.tenancy.scope import tenant_scope
from tenants.registry.conflicts import conflict_of
from tenants.registry.models import Tenant
from tenants.registry.removal import remove
from tenants.users import events
from tenants.users.models import Group, Membership, User

_LONGEST_NAME: Final = 256
_LONGEST_KEY: Final = 512
_TAKEN: Final = {"group_name": ("display_name", "A group of this name exists")}


def create(
    *,
    tenant: Tenant,
    display_name: str,
    actor: Actor,
    external_id: str | None = None,
    members: Iterable[User] = (),
) -> Group:
    """Afterwards the group exists with these members. Raises Invalid, Conflict for a taken name."""
    group = Group(tenant=tenant)
    _name(group, display_name, external_id)
    try:
        with tenant_scope(tenant.id), transaction.atomic():
            group.save(force_insert=True)
            group.refresh_from_db(fields=["created_at"])
            _add(group, {user.pk for user in members})
            _record(events.GROUP_CREATED, group, actor)
    except IntegrityError as error:
        raise conflict_of(error, _TAKEN) or error from error
    return group


def update(
    *, group: Group, actor: Actor, display_name: str | None = None, external_id: str | None = None
) -> Group:
    """Change what is given (an empty `external_id` removes it). Raises Invalid, Conflict, NotFound."""
    try:
        with tenant_scope(group.tenant_id), transaction.atomic():
            row = _locked(group)
            _name(
                row,
                row.display_name if display_name is None else display_name,
                row.external_id if external_id is None else external_id,
            )
            row.updated_at = timezone.now()
            row.save(update_fields=["display_name", "name_key", "external_id", "updated_at"])
            _record(events.GROUP_UPDATED, row, actor)
            return row
    except IntegrityError as error:
        raise conflict_of(error, _TAKEN) or error from error


def set_members(*, group: Group, members: Iterable[User], actor: Actor) -> Group:
    """Afterwards exactly these people are in the group. Raises Invalid for one of another tenant."""
    wanted = {user.pk for user in members}
    with tenant_scope(group.tenant_id), transaction.atomic():
        row = _locked(group)
        held = set(row.memberships.values_list("user_id", flat=True))
        return _change(row, added=wanted - held, removed=held - wanted, actor=actor)


def add_members(*, group: Group, members: Iterable[User], actor: Actor) -> Group:
    """Afterwards these people are in the group too."""
    with tenant_scope(group.tenant_id), transaction.atomic():
        row = _locked(group)
        wanted = {user.pk for user in members}
        held = set(row.memberships.filter(user_id__in=wanted).values_list("user_id", flat=True))
        return _change(row, added=wanted - held, removed=set(), actor=actor)


def remove_members(*, group: Group, members: Iterable[User], actor: Actor) -> Group:
    """Afterwards none of these people is in the group."""
    with tenant_scope(group.tenant_id), transaction.atomic():
        row = _locked(group)
        unwanted = {user.pk for user in members}
        held = set(row.memberships.filter(user_id__in=unwanted).values_list("user_id", flat=True))
        return _change(row, added=set(), removed=held, actor=actor)


def delete(*, group: Group, actor: Actor) -> None:
    """Afterwards the group is gone; its members are still there. Raises NotFound."""
    with tenant_scope(group.tenant_id), transaction.atomic():
        row = _locked(group)
        _record(events.GROUP_DELETED, row, actor)
        remove(row)


def _locked(group: Group) -> Group:
    rows = Group.objects.select_for_update().filter(tenant_id=group.tenant_id, pk=group.pk)
    row = rows.first()
    if row is None:
        raise NotFound("This group does not exist")
    return row


def _name(group: Group, display_name: str, external_id: str | None) -> None:
    name = require_plain(display_name, "display_name")
    key = fold(name)
    if not 1 <= len(name) <= _LONGEST_NAME or len(key) > _LONGEST_KEY:
        raise Invalid("display_name", f"must have 1 to {_LONGEST_NAME} characters")
    outer = require_plain(external_id or "", "external_id")
    if len(outer) > _LONGEST_NAME:
        raise Invalid("external_id", f"must have at most {_LONGEST_NAME} characters")
    group.display_name, group.name_key, group.external_id = name, key, outer or None


def _change(group: Group, *, added: set[UUID], removed: set[UUID], actor: Actor) -> Group:
    if not added and not removed:
        return group
    _add(group, added)
    group.memberships.filter(tenant_id=group.tenant_id, user_id__in=removed).delete()
    group.updated_at = timezone.now()
    group.save(update_fields=["updated_at"])
    recording.record(
        events.GROUP_MEMBERS_CHANGED,
        actor=actor,
        tenant_id=group.tenant_id,
        subject=recording.Subject("group", group.pk, group.display_name),
        data={
            "added": sorted(str(pk) for pk in added),
            "removed": sorted(str(pk) for pk in removed),
        },
    )
    return group


def _add(group: Group, added: set[UUID]) -> None:
    known = User.objects.filter(tenant_id=group.tenant_id, pk__in=added).count()
    if known != len(added):
        raise Invalid("members", "must be people of this tenant")
    Membership.objects.bulk_create(
        Membership(tenant_id=group.tenant_id, group=group, user_id=pk) for pk in sorted(added)
    )


def _record(event: EventType, group: Group, actor: Actor) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=group.tenant_id,
        subject=recording.Subject("group", group.pk, group.display_name),
    )
