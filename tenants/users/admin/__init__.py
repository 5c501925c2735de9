"""People and groups in the console."""

from tenants.users.admin.groups import GroupAdmin
from tenants.users.admin.people import UserAdmin

__all__ = ["GroupAdmin", "UserAdmin"]
