"""The room oidc.consents as Django sees it."""

from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    """Label `consents`."""

    name = "oidc.consents"
    label = "consents"
