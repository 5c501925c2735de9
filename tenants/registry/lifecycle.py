"""A tenant from its creation to its end. Creating, suspending and deleting is the platform's."""

from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from identity.audit import recording
from identity.audit.catalogue import EventType
from identity.kernel.actors import Actor
from identity.kernel.errors import Conflict, Invalid, NotFound, Refused
from identity.kernel.text import require_plain
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.registry import credentials, events, removal, resolution, signals
from tenants.registry.conflicts import conflict_of
from tenants.registry.hosts import require_host
from tenants.registry.models import Tenant, TenantHost, TenantState
from tenants.registry.policy import TenantPolicy
from tenants.registry.slugs import require_slug

_LONGEST_NAME: Final = 200
_TAKEN: Final = {
    "tenants_tenant_slug_key": ("slug", "This tenant id is taken"),
    "tenants_tenanthost_host_key": ("hosts", "This host name is taken"),
}


def create(
    *,
    slug: str,
    actor: Actor,
    display_name: str = "",
    policy: TenantPolicy | None = None,
    is_2fa: bool = False,
    hosts: Iterable[str] = (),
) -> Tenant:
    """Afterwards the tenant serves requests and has what receivers of `tenant_created` give it.

    Enters the platform's scope. `is_2fa` can never be changed. Raises Invalid for a slug or host
    of the wrong form or reserved, Conflict for one that is taken.
    """
    return _create(
        slug=require_slug(slug),
        display_name=_display_name(display_name),
        policy=policy or TenantPolicy(),
        is_2fa=is_2fa,
        hosts=hosts,
        actor=actor,
    )


def ensure_platform(*, actor: Actor) -> Tenant:
    """The tenant of Signet's own operators, made if it is not there yet."""
    found = Tenant.objects.filter(slug=Tenant.PLATFORM_SLUG).first()
    if found is not None:
        return found
    try:
        return _create(
            slug=Tenant.PLATFORM_SLUG,
            display_name="Signet",
            policy=TenantPolicy(),
            is_2fa=False,
            hosts=(),
            actor=actor,
        )
    except Conflict:
        # Another process was faster by a moment.
        return Tenant.objects.get(slug=Tenant.PLATFORM_SLUG)


def update(
    *,
    tenant: Tenant,
    actor: Actor,
    display_name: str | None = None,
    policy: TenantPolicy | None = None,
    hosts: Iterable[str] | None = None,
) -> Tenant:
    """Change what is given, keep the rest; returns the tenant as it is afterwards.

    Name and policy may be changed in the tenant's own scope; `hosts` (the complete list) needs the
    platform's. Raises Invalid, Conflict for a taken host, NotFound if the tenant is gone.
    """
    scope = tenant_scope(tenant.id) if hosts is None else platform_scope()
    try:
        with scope, transaction.atomic():
            row = _locked(tenant)
            changed = []
            if display_name is not None and _display_name(display_name) != row.display_name:
                row.display_name = _display_name(display_name)
                changed.append("display_name")
            if policy is not None and policy.document() != row.policy.document():
                changed += _differences(row.policy, policy)
                row.policy_document = policy.document()
            if hosts is not None and _set_hosts(row, hosts):
                changed.append("hosts")
            if not changed:
                return row
            Tenant.objects.filter(id=row.id).update(
                display_name=row.display_name,
                policy_document=row.policy_document,
                updated_at=timezone.now(),
            )
            row = Tenant.objects.get(id=row.id)
            _announce(row, events.TENANT_UPDATED, actor, data={"changed": changed})
            signals.tenant_updated.send(Tenant, tenant=row, actor=actor)
            return row
    except IntegrityError as error:
        raise conflict_of(error, _TAKEN) or error from error


def suspend(*, tenant: Tenant, actor: Actor) -> Tenant:
    """Afterwards nothing of this tenant works, in any process, within one second.

    Its data stays as it is. Raises Refused for the platform's own tenant.
    """
    if tenant.is_platform:
        raise Refused("The platform's own tenant cannot be suspended")
    return _set_state(tenant, TenantState.SUSPENDED, events.TENANT_SUSPENDED, actor)


def resume(*, tenant: Tenant, actor: Actor) -> Tenant:
    """Afterwards a suspended tenant serves requests again."""
    return _set_state(tenant, TenantState.ACTIVE, events.TENANT_RESUMED, actor)


def delete(*, tenant: Tenant, actor: Actor) -> None:
    """Delete the tenant and every row it owns, in all rooms; only the audit trail remains.

    Raises Refused for the platform's own tenant, NotFound if it is gone already.
    """
    if tenant.is_platform:
        raise Refused("The platform's own tenant cannot be deleted")
    with platform_scope(), transaction.atomic():
        row = _locked(tenant)
        signals.tenant_deleted.send(Tenant, tenant=row, actor=actor)
        _announce(row, events.TENANT_DELETED, actor)
        credentials.forget_all(row.id)
        removal.remove_all_of(row)


def _create(
    *,
    slug: str,
    display_name: str,
    policy: TenantPolicy,
    is_2fa: bool,
    hosts: Iterable[str],
    actor: Actor,
) -> Tenant:
    try:
        with platform_scope(), transaction.atomic():
            tenant = Tenant.objects.create(
                slug=slug,
                display_name=display_name,
                is_2fa=is_2fa,
                policy_document=policy.document(),
            )
            tenant.refresh_from_db()
            _set_hosts(tenant, hosts)
            _announce(tenant, events.TENANT_CREATED, actor)
            signals.tenant_created.send(Tenant, tenant=tenant, actor=actor)
            return tenant
    except IntegrityError as error:
        raise conflict_of(error, _TAKEN) or error from error


def _display_name(text: str) -> str:
    name = require_plain(text, "display_name")
    if len(name) > _LONGEST_NAME:
        raise Invalid("display_name", f"must have at most {_LONGEST_NAME} characters")
    return name


def _locked(tenant: Tenant) -> Tenant:
    row = Tenant.objects.select_for_update().filter(id=tenant.id).first()
    if row is None:
        raise NotFound("This tenant does not exist")
    return row


def _set_state(tenant: Tenant, state: TenantState, event: EventType, actor: Actor) -> Tenant:
    with platform_scope(), transaction.atomic():
        row = _locked(tenant)
        if row.state == state:
            return row
        row.state = state
        Tenant.objects.filter(id=row.id).update(state=state, updated_at=timezone.now())
        _announce(row, event, actor)
        signal = signals.tenant_resumed if state == TenantState.ACTIVE else signals.tenant_suspended
        signal.send(Tenant, tenant=row, actor=actor)
        return row


def _set_hosts(tenant: Tenant, hosts: Iterable[str]) -> bool:
    wanted = {require_host(host) for host in hosts}
    held = set(tenant.hosts.values_list("host", flat=True))
    if gone := held - wanted:
        tenant.hosts.filter(host__in=gone).delete()
        resolution.invalidate(tenant, gone)
    TenantHost.objects.bulk_create(
        TenantHost(tenant=tenant, host=host) for host in sorted(wanted - held)
    )
    return wanted != held


def _differences(old: TenantPolicy, new: TenantPolicy) -> list[str]:
    before, after = old.document(), new.document()
    return [name for name in after if before[name] != after[name]]


def _announce(
    tenant: Tenant, event: EventType, actor: Actor, data: dict[str, list[str]] | None = None
) -> None:
    recording.record(
        event,
        actor=actor,
        tenant_id=tenant.id,
        subject=recording.Subject("tenant", tenant.id, tenant.slug),
        data=data or {},
    )
    resolution.invalidate(tenant, tenant.hosts.values_list("host", flat=True))
