"""The room tenants.registry as Django sees it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Label `tenants`."""

    name = "tenants.registry"
    label = "tenants"
