"""The room authn.recovery as Django sees it."""

from importlib import import_module

from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    """Label `recovery`."""

    name = "authn.recovery"
    label = "recovery"

    def ready(self) -> None:
        """Listen to the rooms below."""
        import_module("authn.recovery.receivers")
