"""Embedded default: loopback only, mail in files, demo relying party."""

from identity.config.env import DevelopmentEnvironment, choose

choose(DevelopmentEnvironment)

from identity.config.settings.base import *  # noqa: E402, F403 - reads what was chosen

DEMO_URL = f"http://127.0.0.1:{ENV.demo_port}/"  # noqa: F405
WHITENOISE_USE_FINDERS = True
