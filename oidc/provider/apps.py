"""The room oidc.provider as Django sees it."""

from importlib import import_module

from django.apps import AppConfig


class ProviderConfig(AppConfig):
    """Label `provider`."""

    name = "oidc.provider"
    label = "provider"

    def ready(self) -> None:
        """Declare the room's periodic job; its module needs the models, hence by name."""
        import_module("oidc.provider.cleaning").register()
