"""Tenants for tests, made by the commands that make real ones."""

from itertools import count
from typing import Any

from identity.kernel.actors import SYSTEM
from tenants.registry import lifecycle
from tenants.registry.models import Tenant
from tenants.registry.policy import TenantPolicy

_numbers = count(1)


def a_tenant(slug: str | None = None, **settings: Any) -> Tenant:
    """A tenant with an EdDSA key. `hosts`, `is_2fa`, `display_name` as `lifecycle.create` takes
    them; every other keyword is a setting of its policy."""
    taken = {
        name: settings.pop(name) for name in ("hosts", "is_2fa", "display_name") if name in settings
    }
    return lifecycle.create(
        slug=slug or f"tenant-{next(_numbers)}",
        policy=TenantPolicy.parse(settings),
        actor=SYSTEM,
        **taken,
    )


def the_platform() -> Tenant:
    """The tenant of Signet's own operators."""
    return lifecycle.ensure_platform(actor=SYSTEM)
