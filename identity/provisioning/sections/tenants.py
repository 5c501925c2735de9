"""Tenants, and the sections inside them."""

from identity.kernel.errors import Invalid
from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import TenantItem
from identity.provisioning.sections import api_keys, clients, groups, users
from identity.tenancy.scope import tenant_scope
from tenants.registry import lifecycle, wire
from tenants.registry.models import Tenant
from tenants.registry.policy import TenantPolicy


def apply(run: Run, path: Path, item: TenantItem) -> None:
    """The tenant itself, then its users, groups, clients and API keys."""
    tenant = run.attempt(path, lambda: _ensure(run, path, item))
    if tenant is None:
        return
    with tenant_scope(tenant.id):
        if item.users is not None:
            users.apply(run, (*path, "users"), tenant, item.users)
        if item.clients is not None:
            clients.apply(run, (*path, "clients"), tenant, item.clients)
        if item.groups is not None:
            groups.apply(run, (*path, "groups"), tenant, item.groups)
        if item.api_keys is not None:
            api_keys.apply(run, (*path, "api_keys"), tenant, item.api_keys)


def prune(run: Run, kept: set[str]) -> None:
    """Delete tenants that the file does not name, with all they own; the platform's never."""
    for tenant in Tenant.objects.exclude(slug__in={*kept, Tenant.PLATFORM_SLUG}):
        lifecycle.delete(tenant=tenant, actor=run.actor)
        run.note("pruned", "tenant", tenant.slug, tenant.slug)


def _ensure(run: Run, path: Path, item: TenantItem) -> Tenant:
    held = Tenant.objects.filter(slug=item.tenant_id).first()
    before = held.policy if held else TenantPolicy()
    policy = _policy(run, path, before, item)
    name = item.display_name
    if held is None:
        tenant = lifecycle.create(
            slug=item.tenant_id,
            display_name=name or "",
            policy=policy,
            is_2fa=item.is_2fa,
            hosts=item.hosts or (),
            actor=run.actor,
        )
        run.note("created", "tenant", tenant.slug, tenant.slug)
        return tenant
    if item.is_2fa != held.is_2fa:
        raise Invalid("is_2fa", "is fixed when a tenant is created")
    hosts = sorted(held.hosts.values_list("host", flat=True))
    details = _settings_changed(before, policy)
    if name is not None and name != held.display_name:
        details.append("display_name")
    if item.hosts is not None and sorted(item.hosts) != hosts:
        details.append("hosts")
    if not details:
        run.note("left", "tenant", held.slug, held.slug)
        return held
    tenant = lifecycle.update(
        tenant=held,
        display_name=name,
        policy=policy,
        hosts=item.hosts if "hosts" in details else None,
        actor=run.actor,
    )
    run.note("changed", "tenant", tenant.slug, tenant.slug, *details)
    return tenant


def _policy(run: Run, path: Path, before: TenantPolicy, item: TenantItem) -> TenantPolicy:
    try:
        return wire.changed(before, item.settings)
    except Invalid as problem:
        problems = problem.data.get("problems") or [
            {"field": problem.field, "problem": problem.problem}
        ]
        if len(problems) == 1:
            raise Invalid(f"settings.{problem.field}", problem.problem) from None
        for found in problems[:-1]:
            where = (*path, "settings", *str(found["field"]).split("."))
            run.mistakes.append(run.document.mistake(where, str(found["problem"])))
        last = problems[-1]
        raise Invalid(f"settings.{last['field']}", str(last["problem"])) from None


def _settings_changed(before: TenantPolicy, after: TenantPolicy) -> list[str]:
    old, new = wire.settings_of(before), wire.settings_of(after)
    return [name for name in new if old[name] != new[name]]
