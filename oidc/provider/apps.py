"""The room oidc.provider as Django sees it."""

from django.apps import AppConfig


class ProviderConfig(AppConfig):
    """Label `provider`."""

    name = "oidc.provider"
    label = "provider"
