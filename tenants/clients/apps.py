"""The room tenants.clients as Django sees it."""

from importlib import import_module

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Label `clients`."""

    name = "tenants.clients"
    label = "clients"

    def ready(self) -> None:
        """Listen to the registry."""
        import_module("tenants.clients.receivers")
