"""Clients in the console."""

from tenants.clients.admin.applications import ClientAdmin

__all__ = ["ClientAdmin"]
