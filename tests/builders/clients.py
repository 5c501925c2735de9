"""Clients for tests, made by the commands that make real ones."""

from itertools import count
from typing import Any

from identity.kernel.actors import SYSTEM
from tenants.clients import registration
from tenants.clients.registration import Registered
from tenants.registry.models import Tenant

_numbers = count(1)


def a_client(tenant: Tenant, client_id: str | None = None, **metadata: Any) -> Registered:
    """A confidential client with one redirect URI; returns it with its secret. Keywords as
    `registration.register` takes them."""
    return registration.register(
        tenant=tenant,
        client_id=client_id or f"client-{next(_numbers)}",
        **{
            "name": "An application",
            "redirect_uris": ["https://app.example.com/cb"],
            "allowed_scopes": ["openid", "profile", "email", "offline_access"],
            **metadata,
        },
        actor=SYSTEM,
    )


def a_public_client(tenant: Tenant, client_id: str | None = None, **metadata: Any) -> Registered:
    """The same without a secret."""
    return a_client(tenant, client_id, client_type="public", **metadata)
