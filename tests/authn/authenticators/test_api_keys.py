"""API keys: found by digest, bound to tenant, owner, scopes, networks and time."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from authn.authenticators import api_keys
from authn.authenticators.models import ApiKey
from identity.kernel.actors import SYSTEM, Origin
from identity.kernel.errors import Conflict, Invalid, NotFound
from identity.tenancy.scope import tenant_scope
from tenants.registry import lifecycle
from tenants.users import accounts
from tests.builders.people import a_user
from tests.builders.tenants import a_tenant

HERE = Origin(ip="203.0.113.7", user_agent="curl/8")


@pytest.mark.django_db
def test_a_key_authenticates_its_owner_with_its_scopes() -> None:
    """Contract 2.3: `X` implies `X:READ`."""
    owner = a_user(a_tenant())
    made = api_keys.create(owner=owner, name="ci", scopes=["USER", "CLIENT:READ"], actor=SYSTEM)

    found = api_keys.authenticate(presented=made.secret.reveal(), origin=HERE)

    assert found is not None
    assert found.owner == owner
    assert found.tenant == owner.tenant
    assert {"USER", "USER:READ", "CLIENT:READ"} <= found.scopes
    assert "CLIENT" not in found.scopes
    with tenant_scope(owner.tenant_id):
        row = ApiKey.objects.get()
        assert row.last_used_ip == HERE.ip
        assert made.secret.reveal() not in str(row.__dict__)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "presented",
    ["", "api_", "api_" + "a" * 23, "api_" + "A" * 24, "x" * 65_536, "api_\x00" + "a" * 23, "é"],
)
def test_what_is_no_key_is_refused_without_an_error(presented: str) -> None:
    """AK10: header abuse."""
    assert api_keys.authenticate(presented=presented, origin=HERE) is None


@pytest.mark.django_db
def test_a_revoked_key_is_refused_at_once_and_revoked_once() -> None:
    """AK05."""
    made = api_keys.create(owner=a_user(a_tenant()), name="ci", scopes=["USER"], actor=SYSTEM)
    assert api_keys.authenticate(presented=made.secret.reveal(), origin=HERE) is not None

    api_keys.revoke(key=made.key, actor=SYSTEM)

    assert api_keys.authenticate(presented=made.secret.reveal(), origin=HERE) is None
    with pytest.raises(NotFound):
        api_keys.revoke(key=made.key, actor=SYSTEM)


@pytest.mark.django_db
def test_a_disabled_owner_and_a_suspended_tenant_have_no_keys() -> None:
    """D4: an operator's disable stops everything at once, API keys too."""
    owner = a_user(a_tenant())
    made = api_keys.create(owner=owner, name="ci", scopes=["USER"], actor=SYSTEM)

    accounts.deactivate(user=owner, actor=SYSTEM)
    assert api_keys.authenticate(presented=made.secret.reveal(), origin=HERE) is None
    accounts.reactivate(user=owner, actor=SYSTEM)
    assert api_keys.authenticate(presented=made.secret.reveal(), origin=HERE) is not None
    lifecycle.suspend(tenant=owner.tenant, actor=SYSTEM)
    assert api_keys.authenticate(presented=made.secret.reveal(), origin=HERE) is None


@pytest.mark.django_db
def test_a_key_works_in_its_networks_and_its_time_only() -> None:
    """AK12: address ranges; expiry is tested at use."""
    made = api_keys.create(
        owner=a_user(a_tenant()),
        name="ci",
        scopes=["USER"],
        networks=["203.0.113.0/24", "2001:db8::/32"],
        expires_at=timezone.now() + timedelta(hours=1),
        actor=SYSTEM,
    )
    secret = made.secret.reveal()

    assert api_keys.authenticate(presented=secret, origin=HERE) is not None
    assert api_keys.authenticate(presented=secret, origin=Origin(ip="2001:db8::1")) is not None
    assert api_keys.authenticate(presented=secret, origin=Origin(ip="198.51.100.1")) is None
    assert api_keys.authenticate(presented=secret, origin=Origin()) is None
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert api_keys.authenticate(presented=secret, origin=HERE) is None


@pytest.mark.django_db
def test_a_given_secret_must_have_the_form_and_be_new() -> None:
    """Contract 6.13: supplied secrets of that form accepted; weak ones refused."""
    owner = a_user(a_tenant())
    secret = "api_k3v9x0q7m2w8z5b1n6t4c0d2"
    api_keys.create(owner=owner, name="one", scopes=[], secret=secret, actor=SYSTEM)

    with pytest.raises(Conflict):
        api_keys.create(
            owner=a_user(a_tenant()), name="two", scopes=[], secret=secret, actor=SYSTEM
        )
    for weak in ("api_" + "ab" * 12, "secret", "api_" + "a" * 24):
        with pytest.raises(Invalid):
            api_keys.create(owner=owner, name="weak", scopes=[], secret=weak, actor=SYSTEM)
    with pytest.raises(Invalid):
        api_keys.create(owner=owner, name="wide", scopes=["*"], actor=SYSTEM)
