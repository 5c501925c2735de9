"""As development, on data of its own; nothing outside is trusted or reachable."""

from identity.config.env import TestEnvironment, choose

choose(TestEnvironment)

from identity.config.settings.base import *  # noqa: E402, F403 - reads what was chosen

WHITENOISE_USE_FINDERS = True
OUTBOUND_ALLOW = ()
TRUSTED_PROXIES = ()
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
