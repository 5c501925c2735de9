"""People, the names they sign in with, and groups."""

from tenants.users.models.group import Group, Membership
from tenants.users.models.identifier import Identifier
from tenants.users.models.user import Role, UsedUserId, User

__all__ = ["Group", "Identifier", "Membership", "Role", "UsedUserId", "User"]
