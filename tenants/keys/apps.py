"""The room tenants.keys as Django sees it."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """Label `tenant_keys`."""

    name = "tenants.keys"
    label = "tenant_keys"
