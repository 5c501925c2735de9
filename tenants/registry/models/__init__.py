"""Tenants, their hosts, and the one table that leads from a credential to its tenant."""

from tenants.registry.models.owned import TenantOwned
from tenants.registry.models.tenant import CredentialDirectory, Tenant, TenantHost, TenantState

__all__ = ["CredentialDirectory", "Tenant", "TenantHost", "TenantOwned", "TenantState"]
