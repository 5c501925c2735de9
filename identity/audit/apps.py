"""The room identity.audit as Django sees it."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AppConfig):
    """Label `audit`."""

    name = "identity.audit"
    label = "audit"

    def ready(self) -> None:
        """Load each room's `events.py`, so that the catalogue of event types is whole."""
        autodiscover_modules("events")
