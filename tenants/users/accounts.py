"""People of a tenant: every way in which a person appears, changes and goes."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, Unpack

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel.actors import Actor
from identity.kernel.errors import Conflict, DomainError, Invalid, NotFound
from identity.kernel.text import fold
from identity.tenancy.scope import tenant_scope
from tenants.registry.conflicts import conflict_of
from tenants.registry.models import Tenant
from tenants.registry.removal import remove
from tenants.users import events, operators, signals
from tenants.users.models import Identifier, Role, UsedUserId, User
from tenants.users.profiles import Changes, Profile

_TAKEN: Final = {
    "user_username": ("username", "This user name is taken"),
    "user_email": ("email", "This e-mail address is taken"),
    "user_public_id": ("public_id", "This user id is taken"),
    "user_external_id": ("external_id", "This external id is taken"),
}
_PUBLIC_ID: Final = re.compile(r"[!-~]{1,128}")


def create(
    *,
    tenant: Tenant,
    username: str,
    email: str,
    actor: Actor,
    name: str = "",
    is_verified: bool = False,
    is_disabled: bool = False,
    locale: str | None = None,
    zoneinfo: str | None = None,
    roles: Iterable[str] = (),
    external_id: str | None = None,
    public_id: str = "",
) -> User:
    """Afterwards the person exists, without any way to sign in yet.

    `public_id` is the wire's `user_id`; empty: the server's choice. Raises Invalid, and Conflict
    for a name, address or id that is taken, an id also when its bearer was deleted (contract 2.7).
    """
    profile = Profile(
        username, email, name, is_verified, is_disabled, locale, zoneinfo, roles, external_id
    ).checked(tenant)
    if public_id and _PUBLIC_ID.fullmatch(public_id) is None:
        raise Invalid("public_id", "must be at most 128 visible ASCII characters")
    user = User(tenant=tenant)
    _fill(user, profile)
    user.public_id = public_id or str(user.pk)
    try:
        with tenant_scope(tenant.id), transaction.atomic():
            user.save(force_insert=True)
            if public_id:
                _require_unused(user)
            _insert_identifiers(user, _keys(user))
            user.refresh_from_db(fields=["serial", "created_at"])
            _record(events.USER_CREATED, user, actor)
            signals.user_created.send(User, user=user, actor=actor)
    except IntegrityError as error:
        raise _conflict(error, user) from error
    return user


def update(*, user: User, actor: Actor, **changes: Unpack[Changes]) -> User:
    """Change what is given; returns the person as stored afterwards.

    A new e-mail address is unverified unless `is_verified` is given with it. Raises Invalid,
    Conflict, NotFound, and Refused for the last operator of the platform.
    """
    row = user
    try:
        with tenant_scope(user.tenant_id), transaction.atomic():
            row = locked(user)
            before = Profile.of(row)
            wanted = replace(before, **changes).checked(row.tenant)
            if fold(wanted.email) != row.email_key and "is_verified" not in changes:
                wanted = replace(wanted, is_verified=False)
            changed = wanted.differences(before)
            if changed:
                _store(row, wanted, changed)
                _record(events.USER_UPDATED, row, actor, changed=changed)
                _announce(row, before, changed, actor)
            return row
    except IntegrityError as error:
        raise _conflict(error, row) from error


def deactivate(*, user: User, actor: Actor) -> User:
    """Afterwards the person cannot sign in, and what they held stops working: sessions, tokens, keys.

    Raises Refused for the last operator of the platform. Nothing happens to who is deactivated.
    """
    return _switch(user, actor, events.USER_DEACTIVATED, is_disabled=True)


def reactivate(*, user: User, actor: Actor) -> User:
    """Afterwards the person may sign in again; sessions that ended stay ended."""
    return _switch(user, actor, events.USER_REACTIVATED, is_disabled=False)


def mark_verified(*, user: User, actor: Actor) -> User:
    """Afterwards the e-mail address counts as the person's own. Raises NotFound."""
    with tenant_scope(user.tenant_id), transaction.atomic():
        # One conditional statement: it is on the way of a first sign-in.
        changed = User.objects.filter(
            tenant_id=user.tenant_id, pk=user.pk, is_verified=False
        ).update(is_verified=True, updated_at=timezone.now())
        if not changed:
            return locked(user)
        user.is_verified = True
        _record(events.USER_VERIFIED, user, actor)
        signals.user_updated.send(User, user=user, actor=actor, changed=["is_verified"])
        signals.user_verified.send(User, user=user, actor=actor)
        return user


def note_sign_in(*, user: User, at: datetime) -> None:
    """Part of a sign-in, whose audit event tells of it: `last_sign_in_at` is `at`, and the person's
    row stays locked until the transaction ends."""
    # By hand: it is on the way of every sign-in.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE users_user SET last_sign_in_at = %s WHERE tenant_id = %s AND id = %s",
            [at, user.tenant_id, user.pk],
        )


def delete(*, user: User, actor: Actor) -> None:
    """Delete the person and what is theirs; `user_id` is never given to another (tombstone).

    Raises NotFound, and Refused for the last operator of the platform.
    """
    with tenant_scope(user.tenant_id), transaction.atomic():
        row = locked(user)
        operators.require_another(row)
        signals.user_deleted.send(User, user=row, actor=actor)
        UsedUserId.objects.create(tenant_id=row.tenant_id, public_id=row.public_id)
        _record(events.USER_DELETED, row, actor)
        remove(row)


def locked(user: User) -> User:
    """The person's row, read again and locked until the transaction ends. Raises NotFound."""
    operators.hold(user.tenant_id)
    row = (
        User.objects.select_related("tenant")
        .select_for_update(of=("self",))
        .filter(tenant_id=user.tenant_id, pk=user.pk)
        .first()
    )
    if row is None:
        raise NotFound("This person does not exist")
    return row


def _switch(user: User, actor: Actor, event: EventType, **change: Unpack[Changes]) -> User:
    with tenant_scope(user.tenant_id), transaction.atomic():
        row = locked(user)
        before = Profile.of(row)
        wanted = replace(before, **change)
        if changed := wanted.differences(before):
            _store(row, wanted, changed)
            _record(event, row, actor)
            _announce(row, before, changed, actor)
        return row


def _store(row: User, wanted: Profile, changed: list[str]) -> None:
    if wanted.is_disabled or Role.PLATFORM_OPERATOR not in wanted.roles:
        operators.require_another(row)
    held = _keys(row)
    _fill(row, wanted)
    row.updated_at = timezone.now()
    row.save(update_fields=[*changed, "username_key", "email_key", "updated_at"])
    if (keys := _keys(row)) != held:
        Identifier.objects.filter(
            tenant_id=row.tenant_id, user_id=row.pk, key__in=held - keys
        ).delete()
        _insert_identifiers(row, keys - held)


def _announce(row: User, before: Profile, changed: list[str], actor: Actor) -> None:
    signals.user_updated.send(User, user=row, actor=actor, changed=changed)
    if "email" in changed:
        signals.user_email_changed.send(User, user=row, actor=actor, old_email=before.email)
    if "roles" in changed:
        signals.user_roles_changed.send(User, user=row, actor=actor)
    if "is_verified" in changed and row.is_verified:
        signals.user_verified.send(User, user=row, actor=actor)
    if "is_disabled" in changed:
        news = signals.user_deactivated if row.is_disabled else signals.user_reactivated
        news.send(User, user=row, actor=actor)


def _fill(user: User, profile: Profile) -> None:
    for name in Profile.__slots__:
        setattr(user, name, getattr(profile, name))
    user.username_key = fold(user.username)
    user.email_key = fold(user.email)


def _keys(user: User) -> set[str]:
    return {user.username_key, user.email_key}


def _insert_identifiers(user: User, keys: set[str]) -> None:
    # In one order everywhere: two people who swap names wait for each other and do not deadlock.
    Identifier.objects.bulk_create(
        Identifier(tenant_id=user.tenant_id, user=user, key=key) for key in sorted(keys)
    )


def _require_unused(user: User) -> None:
    # After the insert: it waited for a deletion of the same id that was under way, so that its
    # tombstone is seen here.
    if UsedUserId.objects.filter(tenant_id=user.tenant_id, public_id=user.public_id).exists():
        raise Conflict("public_id", "This user id was used before")


def _conflict(error: IntegrityError, user: User) -> DomainError | IntegrityError:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if name != "identifier_key":
        return conflict_of(error, _TAKEN) or error
    with tenant_scope(user.tenant_id):
        others = Identifier.objects.filter(tenant_id=user.tenant_id).exclude(user_id=user.pk)
        is_name = others.filter(key=user.username_key).exists()
    return Conflict(*_TAKEN["user_username" if is_name else "user_email"])


def _record(event: EventType, user: User, actor: Actor, changed: list[str] | None = None) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=user.tenant_id,
        subject=recording.Subject("user", user.pk, user.username),
        data={"changed": changed} if changed else {},
    )
