"""People for tests, made by the commands that make real ones."""

from itertools import count
from typing import Any

from identity.kernel.actors import SYSTEM
from tenants.registry.models import Tenant
from tenants.users import accounts, groups
from tenants.users.models import Group, Role, User

_numbers = count(1)


def a_user(tenant: Tenant, username: str | None = None, **profile: Any) -> User:
    """A verified person without any way to sign in; keywords as `accounts.create` takes them."""
    name = username or f"user-{next(_numbers)}"
    return accounts.create(
        tenant=tenant,
        username=name,
        email=profile.pop("email", f"{name}@example.com"),
        is_verified=profile.pop("is_verified", True),
        actor=SYSTEM,
        **profile,
    )


def an_operator(platform: Tenant, username: str | None = None) -> User:
    """An operator of the platform (`tests.builders.tenants.the_platform`)."""
    return a_user(platform, username, roles=[Role.PLATFORM_OPERATOR])


def a_group(tenant: Tenant, display_name: str | None = None, *members: User) -> Group:
    """A group with these members."""
    return groups.create(
        tenant=tenant,
        display_name=display_name or f"Group {next(_numbers)}",
        members=members,
        actor=SYSTEM,
    )
