"""Clients by their public id, in process: authenticating one costs no statement."""

import re
from typing import Final
from uuid import UUID

from identity.tenancy.caching import TenantCache
from identity.tenancy.scope import tenant_scope
from tenants.clients.models import Client

# RFC 6749 appendix A.1 (VSCHAR), without the space.
FORM: Final = re.compile(r"[!-~]{1,255}")
_TTL_SECONDS: Final = 300  # invalidation does the work; this bounds what a bug in it could keep

_clients: TenantCache[Client] = TenantCache("clients", ttl_seconds=_TTL_SECONDS)


def find(tenant_id: UUID, client_id: str) -> Client | None:
    """This tenant's client called so, disabled ones too, with its secrets' digests at hand.

    The object is shared: read only, and its `tenant` is best taken from the request. Stale for at
    most one second.
    """
    if FORM.fullmatch(client_id) is None:
        return None
    return _clients.get((tenant_id, client_id), lambda: _loaded(tenant_id, client_id))


def invalidate(client: Client) -> None:
    """Make every process forget this client when the surrounding transaction commits."""
    _clients.invalidate_one((client.tenant_id, client.client_id))


def invalidate_all(tenant_id: UUID) -> None:
    """The same for all clients of a tenant."""
    _clients.invalidate(tenant_id)


def _loaded(tenant_id: UUID, client_id: str) -> Client | None:
    with tenant_scope(tenant_id):
        found = Client.objects.filter(tenant_id=tenant_id, client_id=client_id)
        return found.prefetch_related("secrets").first()
