"""A new key in the keyring: commitments move under it and still prove."""

import base64
from typing import Any

import pytest

from authn.authenticators.models import VisualSecret
from authn.authenticators.zkp import resealing
from authn.authenticators.zkp.proving import Proved, Refused
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tests.builders.people import a_user
from tests.builders.pictures import a_page, asked, enrolled, judged
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db


def sealed_under(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant.id):
        return {row.sealed.split(".")[1] for row in VisualSecret.objects.all()}


def test_commitments_move_under_the_newest_key(settings: Any) -> None:
    """protocol §5: "K_rest … rotates by re-encryption"; known and unknown people go on alike."""
    tenant = a_tenant()
    ada, bob = a_user(tenant, "ada"), a_user(tenant, "bob")
    secrets = enrolled(tenant, ada)
    enrolled(tenant, bob)
    fresh = base64.b64encode(b"n" * 32).decode()
    settings.KEY_ENCRYPTION_KEY = f"fresh:{fresh},{settings.KEY_ENCRYPTION_KEY}"

    assert resealing.run() == 2
    assert sealed_under(tenant) == {"fresh"}
    assert resealing.run() == 0
    page = asked(tenant, a_page(tenant, "ada", secrets))
    assert isinstance(judged(tenant, ada, page), Proved)
    page = asked(tenant, a_page(tenant, "nobody"))
    assert judged(tenant, None, page) == Refused("unknown_user")


def test_a_row_that_does_not_open_stays_as_evidence(settings: Any) -> None:
    """ZK16: what was swapped is not made genuine by sealing it again."""
    tenant = a_tenant()
    ada, bob = a_user(tenant, "ada"), a_user(tenant, "bob")
    enrolled(tenant, ada)
    enrolled(tenant, bob)
    with tenant_scope(tenant.id):
        stolen = VisualSecret.objects.get(user=bob).sealed
        VisualSecret.objects.filter(user=ada).update(sealed=stolen)
    fresh = base64.b64encode(b"n" * 32).decode()
    settings.KEY_ENCRYPTION_KEY = f"fresh:{fresh},{settings.KEY_ENCRYPTION_KEY}"

    assert resealing.run() == 1
    with tenant_scope(tenant.id):
        assert VisualSecret.objects.get(user=ada).sealed == stolen
