"""The room oidc.provider as Django sees it."""

import logging
from importlib import import_module

from django.apps import AppConfig


class ProviderConfig(AppConfig):
    """Label `provider`."""

    name = "oidc.provider"
    label = "provider"

    def ready(self) -> None:
        """Declare the room's periodic job; its module needs the models, hence by name."""
        # At DEBUG they write whole token answers (TK15): never, whatever an operator turns on.
        for name in ("oauthlib", "oauth2_provider"):
            logging.getLogger(name).setLevel(logging.INFO)
        import_module("oidc.provider.cleaning").register()
