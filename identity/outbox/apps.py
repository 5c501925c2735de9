"""The room identity.outbox as Django sees it."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules, import_string


class OutboxConfig(AppConfig):
    """Label `outbox`."""

    name = "identity.outbox"
    label = "outbox"

    def ready(self) -> None:
        """Load each room's `background.py`, where it registers handlers, mails and periodic jobs;
        with a broker, let commits publish their kicks there."""
        autodiscover_modules("background")
        if settings.CELERY_BROKER_URL:
            # Only then: the library would cost each web process memory for nothing.
            import_string("identity.outbox.tasks.receive_kicks")()
