"""The room identity.outbox as Django sees it."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Label `outbox`."""

    name = "identity.outbox"
    label = "outbox"
