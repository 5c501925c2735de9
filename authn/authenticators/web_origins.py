"""From which web pages a tenant takes proofs that are bound to a web origin (picture, passkey).

The answer is compared with what the page itself put into the proof: a page elsewhere that runs our
own script proves nothing here.
"""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from tenants.registry import resolution
from tenants.registry.models import Tenant

_LONGEST: Final = 300


def own() -> str:
    """The origin of this installation's pages, as browsers write it."""
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://{parts.netloc}".lower()


def accepted(tenant: Tenant, header: str | None) -> str | None:
    """The origin that a proof must name, from the `Origin` header of the request; None refuses it.

    No header: the installation's own, for programs and old browsers send none on same-origin
    requests. Accepted are that, the tenant's hosts and its `login_origins`: these add pages
    elsewhere and take none of ours away. "null" is the origin of sandboxed pages, and nobody's.
    """
    if header is None:
        return own()
    if len(header) > _LONGEST:
        return None
    if header == own() or header in tenant.policy.login_origins:
        return header
    return header if _is_host_of(tenant, header) else None


def _is_host_of(tenant: Tenant, origin: str) -> bool:
    ours = urlsplit(own())
    scheme, separator, host = origin.partition("://")
    port = f":{ours.port}" if ours.port else ""
    name = host.removesuffix(port)
    if not separator or scheme != ours.scheme or origin != f"{scheme}://{name}{port}":
        return False
    found = resolution.by_host(name) if name and name == name.lower() and ":" not in name else None
    return found is not None and found.id == tenant.id
