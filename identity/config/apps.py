"""The roof as Django sees it: first in the list, so that what it sets up is there for the rooms."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string


class RoofConfig(AppConfig):
    """Label `roof`."""

    name = "identity.config"
    label = "roof"

    def ready(self) -> None:
        """With a broker, Celery's application is the one that tasks publish through."""
        if settings.CELERY_BROKER_URL:
            # Only then: the library would cost each web process memory for nothing.
            import_string("identity.config.celery.app")
