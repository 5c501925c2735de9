"""The room authn.sessions as Django sees it."""

from importlib import import_module

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """Label `login_sessions`."""

    name = "authn.sessions"
    label = "login_sessions"

    def ready(self) -> None:
        """Listen to the rooms below."""
        import_module("authn.sessions.receivers")
