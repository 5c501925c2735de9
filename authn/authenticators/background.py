"""What this room does by itself: its letters, and clearing away challenges that are over."""

from datetime import timedelta

from authn.authenticators import topics
from authn.authenticators.zkp import challenges
from identity.kernel import jobs

__all__ = ["topics"]

jobs.register("image_login.prune", timedelta(minutes=10), challenges.prune)
