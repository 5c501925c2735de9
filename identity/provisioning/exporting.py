"""A tenant as a provisioning file: what `provision` reads, without any secret."""

from typing import Any

from authn.authenticators.models import ApiKey
from identity.tenancy.scope import tenant_scope
from tenants.clients.models import Client
from tenants.registry import wire
from tenants.registry.models import Tenant
from tenants.registry.policy import TenantPolicy
from tenants.users.models import Group, User


def document_of(tenant: Tenant) -> dict[str, Any]:
    """The whole tenant. Members that hold their default value are left out.

    Applying it to the same installation changes nothing; to an empty one it makes the same tenant,
    for whose clients and keys secrets have then to be given or generated.
    """
    with tenant_scope(tenant.id):
        item: dict[str, Any] = {"tenant_id": tenant.slug, "display_name": tenant.display_name}
        if tenant.is_2fa:
            item["is_2fa"] = True
        hosts = sorted(tenant.hosts.values_list("host", flat=True))
        if hosts:
            item["hosts"] = hosts
        item["settings"] = _settings(tenant)
        item["clients"] = [_client(row) for row in Client.objects.of(tenant).order_by("client_id")]
        people = User.objects.of(tenant).order_by("serial")
        item["users"] = [_user(row) for row in people.iterator(chunk_size=2_000)]
        item["groups"] = [
            _group(row) for row in Group.objects.filter(tenant=tenant).order_by("name_key")
        ]
        keys = ApiKey.objects.filter(tenant=tenant).select_related("owner").order_by("name")
        item["api_keys"] = [_api_key(row) for row in keys]
    return {"tenants": [item]}


def _settings(tenant: Tenant) -> dict[str, Any]:
    usual = wire.settings_of(TenantPolicy())
    own = wire.settings_of(tenant.policy)
    return {name: value for name, value in own.items() if value != usual[name]}


def _client(client: Client) -> dict[str, Any]:
    item: dict[str, Any] = {
        "client_id": client.client_id,
        "name": client.name,
        "client_type": client.client_type,
        "application_type": client.application_type,
        "redirect_uris": client.redirect_uris.split(),
        "post_logout_redirect_uri": client.post_logout_redirect_uris.split(),
        "allowed_scopes": list(client.allowed_scopes),
        "grant_types": list(client.grant_types),
        "sing_alg": str(client.algorithm),
        "skip_consent": client.skip_authorization,
    }
    optional = {
        name: getattr(client, name)
        for name in (
            *("logo_uri", "op_policy_url", "op_tos_url", "op_user_agreement_url", "client_uri"),
            *("client_logout_uri", "register_enable", "has_profile", "is_lock", "is_disabled"),
            "access_token_seconds",
        )
    }
    return item | {name: value for name, value in optional.items() if value}


def _user(user: User) -> dict[str, Any]:
    item: dict[str, Any] = {"username": user.username, "email": user.email}
    if user.public_id != str(user.id):
        item["user_id"] = user.public_id
    optional = {
        "name": user.name,
        "is_verified": user.is_verified,
        "is_disabled": user.is_disabled,
        "roles": [str(role) for role in user.roles],
        "external_id": user.external_id,
        "locale": user.locale,
        "zoneinfo": user.zoneinfo,
    }
    return item | {name: value for name, value in optional.items() if value}


def _group(group: Group) -> dict[str, Any]:
    members = group.memberships.select_related("user").order_by("user__username_key")
    item: dict[str, Any] = {"displayName": group.display_name}
    if group.external_id:
        item["external_id"] = group.external_id
    return item | {"members": [membership.user.username for membership in members]}


def _api_key(key: ApiKey) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": key.name,
        "owner": key.owner.username,
        "scopes": list(key.scopes),
    }
    return item | ({"networks": list(key.networks)} if key.networks else {})
