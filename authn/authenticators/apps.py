"""The room authn.authenticators as Django sees it."""

from django.apps import AppConfig


class AuthenticatorsConfig(AppConfig):
    """Label `authenticators`."""

    name = "authn.authenticators"
    label = "authenticators"
