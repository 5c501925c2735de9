"""The room identity.audit as Django sees it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Label `audit`."""

    name = "identity.audit"
    label = "audit"
