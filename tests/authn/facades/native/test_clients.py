"""Client and tenant for sign-in pages (contract 2.4 operations 7 and 8)."""

from typing import Any

import pytest
from django.test import Client as Http

from tenants.registry.models import Tenant
from tests.builders.clients import a_client
from tests.builders.statements import statements
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db

CLIENT = {
    "client_id",
    "name",
    "tenant_id",
    "logo_uri",
    "op_policy_url",
    "op_tos_url",
    "op_user_agreement_url",
    "client_uri",
    "client_logout_uri",
    "register_enable",
    "tenant_name",
    "has_profile",
}
TENANT = {
    "tenant_id",
    "display_name",
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
}


def get(path: str) -> Any:
    return Http(headers={"host": "localhost:8000"}).get(f"/api/oidc/{path}")


@pytest.fixture
def tenant() -> Tenant:
    made = a_tenant(display_name="Larch", pin_size=4, login_order=["PATTERN", "PIN"])
    a_client(made, "web", name="Shop", logo_uri="https://shop.example.com/logo.svg")
    return made


def test_a_client_shows_what_is_public(tenant: Tenant) -> None:
    """Contract 2.4, ClientPublic: "Never contains the secret or redirect URIs"."""
    answer = get(f"client?client_id=web&tenant_id={tenant.slug}")

    assert answer.status_code == 200
    assert set(answer.json()) == CLIENT
    assert answer.json()["name"] == "Shop"
    assert answer.json()["tenant_name"] == "Larch"


def test_a_client_and_its_tenant_in_one(tenant: Tenant) -> None:
    """Contract 2.4, TenantPublic: TenantConfig without `is_2fa` and `block_config`."""
    with statements() as asked:
        answer = get(f"client-tenant?client_id=web&tenant_id={tenant.slug}")

    assert answer.status_code == 200
    assert set(answer.json()["client"]) == CLIENT
    assert set(answer.json()["tenant"]) == TENANT
    assert (answer.json()["tenant"]["pin_size"], answer.json()["tenant"]["patter_size"]) == (4, 3)
    assert answer.json()["tenant"]["login_order"] == ["PATTERN", "PIN"]
    assert len(asked) <= 3  # tenant, client, its secrets: once per process


@pytest.mark.parametrize("path", ["client", "client-tenant"])
def test_both_parameters_are_needed_and_unknown_ones_are_404(tenant: Tenant, path: str) -> None:
    """Contract 2.3: 422 for what is missing, 404 for what is unknown or another tenant's."""
    missing = get(f"{path}?tenant_id={tenant.slug}")
    assert missing.status_code == 422
    assert missing.json()["detail"][0]["loc"] == ["query", "client_id"]
    assert get(f"{path}?client_id=web").status_code == 422
    assert get(f"{path}?client_id=nothing&tenant_id={tenant.slug}").status_code == 404
    assert get(f"{path}?client_id=web&tenant_id={a_tenant().slug}").status_code == 404
    assert get(f"{path}?client_id=web&tenant_id=nowhere").status_code == 404
    assert get(f"{path}?client_id=%00&tenant_id={tenant.slug}").status_code == 404
