"""The room authn.login as Django sees it."""

from django.apps import AppConfig


class LoginConfig(AppConfig):
    """Label `login`."""

    name = "authn.login"
    label = "login"
