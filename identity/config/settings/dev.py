"""Embedded default: loopback only, mail in files, demo relying party."""

from identity.config.settings.base import *  # noqa: F403
