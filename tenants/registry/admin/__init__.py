"""Tenants in the console."""

from tenants.registry.admin import naming
from tenants.registry.admin.pages import TenantAdmin

__all__ = ["TenantAdmin", "naming"]
