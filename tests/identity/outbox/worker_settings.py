"""Settings of the worker processes that tests start: real mail, and a room of the tests."""

from identity.config.settings.test import *  # noqa: F403
from identity.config.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.identity.outbox.room"]
EMAIL_BACKEND = "identity.outbox.smtp.EmailBackend"
