"""The room authn.sessions as Django sees it."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """Label `login_sessions`."""

    name = "authn.sessions"
    label = "login_sessions"
