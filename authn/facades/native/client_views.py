"""What a sign-in page may know of an application and its tenant (contract 2.4, 2.8)."""

from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from authn.facades.native import places
from authn.facades.native.doors import OpenDoor
from identity.kernel.errors import NotFound
from tenants.clients import directory
from tenants.clients.models import Client
from tenants.registry import wire
from tenants.registry.models import Tenant

_LINKS: Final = (
    "logo_uri",
    "op_policy_url",
    "op_tos_url",
    "op_user_agreement_url",
    "client_uri",
    "client_logout_uri",
)
# TenantPublic: TenantConfig without `is_2fa` and `block_config`, and nothing of Signet's own.
_SETTINGS: Final = (
    "register_enable",
    "use_pin",
    "pin_size",
    "use_pattern",
    "patter_size",
    "show_pin_when_typing",
    "login_order",
    "use_face_recognition",
    "use_liveness",
    "passkey_enabled",
    "has_username_and_email",
    "liveness_config",
)


class ClientView(OpenDoor):
    """GET /api/oidc/client."""

    def get(self, request: Request) -> Response:
        """Operation 7: ClientPublic."""
        tenant, client = _named(request)
        return Response(client_public(client, tenant))


class ClientTenantView(OpenDoor):
    """GET /api/oidc/client-tenant."""

    def get(self, request: Request) -> Response:
        """Operation 8: ClientPublic and TenantPublic."""
        tenant, client = _named(request)
        return Response({"client": client_public(client, tenant), "tenant": tenant_public(tenant)})


def client_public(client: Client, tenant: Tenant) -> dict[str, Any]:
    """Never a secret, never a redirect address."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "tenant_id": tenant.slug,
        **{name: getattr(client, name) for name in _LINKS},
        "register_enable": client.register_enable,
        "tenant_name": tenant.display_name,
        "has_profile": client.has_profile,
    }


def tenant_public(tenant: Tenant) -> dict[str, Any]:
    """The settings that sign-in pages act on."""
    settings = wire.settings_of(tenant.policy)
    return {
        "tenant_id": tenant.slug,
        "display_name": tenant.display_name,
        **{name: settings[name] for name in _SETTINGS},
    }


def _named(request: Request) -> tuple[Tenant, Client]:
    client_id = places.required_parameter(request, "client_id")
    places.required_parameter(request, "tenant_id")
    tenant = places.tenant_of(request)
    client = directory.find(tenant.id, client_id)
    if client is None or client.is_disabled:
        raise NotFound("There is no such application")
    return tenant, client
