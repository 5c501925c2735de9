"""People, the names they sign in with, and groups."""

from tenants.users.models.group import Group, Membership
from tenants.users.models.user import Role, User, UsedUserId

__all__ = ["Group", "Membership", "Role", "UsedUserId", "User"]
