"""The room authn.blocking as Django sees it."""

from django.apps import AppConfig


class BlockingConfig(AppConfig):
    """Label `blocking`."""

    name = "authn.blocking"
    label = "blocking"
