"""The room tenants.clients as Django sees it."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Label `clients`."""

    name = "tenants.clients"
    label = "clients"
