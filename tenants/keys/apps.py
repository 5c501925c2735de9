"""The room tenants.keys as Django sees it."""

from importlib import import_module

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """Label `tenant_keys`."""

    name = "tenants.keys"
    label = "tenant_keys"

    def ready(self) -> None:
        """Listen to the registry."""
        import_module("tenants.keys.receivers")
