"""From a name, host or id to the tenant that is served, in process (contract 6.1).

Only tenants that serve requests are found here: for whoever asks, a suspended tenant is unknown
at most one second after the suspension was committed. Never a search across tenants.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from identity.tenancy.caching import TenantCache
from tenants.registry.hosts import normalised
from tenants.registry.models import Tenant

_TTL_SECONDS: Final = 300  # invalidation does the work; this bounds what a bug in it could keep
_LONGEST_HOST: Final = 253

_tenants: TenantCache[Tenant] = TenantCache("tenants", ttl_seconds=_TTL_SECONDS, max_entries=30_000)


def by_slug(slug: str) -> Tenant | None:
    """The serving tenant called so. The object is shared: read only."""
    return _tenants.get((None, "slug", slug), lambda: _found(slug=slug))


def known(slug: str) -> Tenant | None:
    """As `by_slug`, but None too when answering would cost a statement: for what runs before
    Django and its connections."""
    return _tenants.peek((None, "slug", slug))


def by_id(tenant_id: UUID) -> Tenant | None:
    """The serving tenant with this primary key. The object is shared: read only."""
    return _tenants.get((tenant_id, "id"), lambda: _found(id=tenant_id))


def by_host(host: str) -> Tenant | None:
    """The serving tenant that lives at this host name (a port is ignored)."""
    name = normalised(host)
    if len(name) > _LONGEST_HOST:
        return None
    return _tenants.get((None, "host", name), lambda: _found(hosts__host=name))


def platform() -> Tenant | None:
    """The tenant of Signet's own operators; None before `lifecycle.ensure_platform`."""
    return by_slug(Tenant.PLATFORM_SLUG)


def invalidate(tenant: Tenant, hosts: Iterable[str]) -> None:
    """Make every process forget this tenant, and what it knew about `hosts`, when the surrounding
    transaction commits. Other tenants stay known."""
    _tenants.invalidate_one((tenant.id, "id"))
    _tenants.invalidate_one((None, "slug", tenant.slug))
    for host in hosts:
        _tenants.invalidate_one((None, "host", host))


def _found(**condition: object) -> Tenant | None:
    if any(isinstance(value, str) and "\0" in value for value in condition.values()):
        return None  # Postgres has no such text; asking would be an error instead of a miss
    return Tenant.objects.active().filter(**condition).first()
