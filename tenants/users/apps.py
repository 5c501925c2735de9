"""The room tenants.users as Django sees it."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Label `users`."""

    name = "tenants.users"
    label = "users"
