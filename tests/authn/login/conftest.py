"""Who lives in the tenant of these tests."""

import pytest

from identity.kernel.actors import SYSTEM
from tenants.registry.models import Tenant
from tenants.users import accounts
from tests.builders.people import a_user
from tests.builders.signing_in import a_person
from tests.builders.tenants import a_tenant


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    """A tenant in which ada can sign in, bea is disabled, cyd has no password."""
    made = a_tenant(block={"ip_attempts_limit": 1000, "user_attempts_limit": 50})
    a_person(made, "ada")
    accounts.deactivate(user=a_person(made, "bea"), actor=SYSTEM)
    a_user(made, "cyd")
    a_person(made, "dan", is_verified=False)
    return made
