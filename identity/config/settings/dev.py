"""Embedded default: loopback only, mail in files, demo relying party."""

from identity.config.env import DevelopmentEnvironment, choose

choose(DevelopmentEnvironment)

from identity.config.settings.base import *  # noqa: E402, F403 - reads what was chosen

WHITENOISE_USE_FINDERS = True
