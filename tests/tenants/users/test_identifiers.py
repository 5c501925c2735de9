"""Finding a person by what they type."""

from typing import Any

import pytest

from identity.kernel.actors import SYSTEM
from identity.kernel.errors import Invalid
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts, identifiers
from tenants.users.models import Identifier, User
from tests.builders.people import a_user
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return a_tenant()


@pytest.mark.parametrize(
    "typed",
    [
        "mike",
        "MIKE",
        " mike ",
        "\uff4dike",
        "mike@example.org",
        "Mike@Example.ORG",
        "mi\u212ae@example.org",
    ],
)
def test_a_person_is_found_by_name_or_address_in_any_spelling(tenant: Tenant, typed: str) -> None:
    """Contract 6.3: look-ups are case-insensitive. PR04: the stored address is what mail goes to."""
    user = a_user(tenant, "mike", email="mike@example.org")

    found = identifiers.find(tenant=tenant, text=typed)
    assert found == user
    assert found is not None
    assert found.email == "mike@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "nobody",
        "m\u0131ke@example.org",
        "mike@example.org.",
        "mike%",
        "a\0b",
        "x" * 100_000,
    ],
)
def test_nobody_is_found_by_anything_else(tenant: Tenant, typed: str) -> None:
    """PR04: a dotless i is another letter; no pattern, no error for any text."""
    a_user(tenant, "mike", email="mike@example.org")

    assert identifiers.find(tenant=tenant, text=typed) is None


def test_who_is_disabled_is_found(tenant: Tenant) -> None:
    """Whether they may sign in is the caller's next question, asked after the same work."""
    user = a_user(tenant, "ada")
    accounts.deactivate(user=user, actor=SYSTEM)

    found = identifiers.find(tenant=tenant, text="ada")
    assert found is not None
    assert found.is_disabled


@pytest.mark.parametrize("typed", ["ada", "nobody"])
def test_a_hit_and_a_miss_cost_one_statement(
    tenant: Tenant, typed: str, django_assert_num_queries: Any
) -> None:
    """No oracle: the same work."""
    a_user(tenant, "ada")

    with django_assert_num_queries(1):
        identifiers.find(tenant=tenant, text=typed)


def test_finding_uses_an_index(tenant: Tenant) -> None:
    """tenancy §5: under row-level security only leakproof operators do."""
    bearer = a_user(tenant, "ada")
    with tenant_scope(tenant.id):
        Identifier.objects.bulk_create(
            Identifier(tenant=tenant, user=bearer, key=f"alias-{number}") for number in range(3_000)
        )
        # Enough people that reading them all is never cheaper, whatever Postgres knows of them.
        User.objects.bulk_create(
            User(
                tenant=tenant,
                public_id=f"p{number}",
                username=f"p{number}",
                username_key=f"p{number}",
                email=f"p{number}@example.com",
                email_key=f"p{number}@example.com",
            )
            for number in range(2_000)
        )
        plan = identifiers.named(tenant, "ada").explain()

    assert "Index Scan using identifier_key" in plan
    assert "Join" not in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize(
    ("begin", "names"),
    [("ad", ["ada", "ADAM"]), ("AD", ["ada", "ADAM"]), ("z", ["bob"]), ("x", []), ("%", [])],
)
def test_people_are_listed_by_the_beginning_of_a_name(
    tenant: Tenant, begin: str, names: list[str]
) -> None:
    """tenancy §5: ranges over folded columns."""
    a_user(tenant, "ada")
    a_user(tenant, "ADAM")
    a_user(tenant, "bob", email="zoe@example.com")

    with tenant_scope(tenant.id):
        found = User.objects.of(tenant).beginning(begin).order_by("username_key")
        assert [user.username for user in found] == names


@pytest.mark.parametrize("name", ["ada", "Ada_1.x-y", "ada@example.com"])
def test_names_that_people_may_choose(name: str) -> None:
    """Contract 2.4, operation 1: ^[a-zA-Z0-9_.@-]+$."""
    assert identifiers.require_self_chosen(name) == name


@pytest.mark.parametrize("name", ["", "Zoë", "a b", "a/b", "a+b", "<b>", "a\nb", "a" * 129])
def test_names_that_people_may_not_choose(name: str) -> None:
    """Contract 2.4, operation 1."""
    with pytest.raises(Invalid):
        identifiers.require_self_chosen(name)
