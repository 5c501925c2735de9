"""The room identity.console as Django sees it."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Label `console`."""

    name = "identity.console"
    label = "console"
