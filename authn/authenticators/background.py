"""What this room does by itself: its letters, clearing away challenges that are over, and sealing
commitments again after the keyring got a new key."""

from datetime import timedelta

from authn.authenticators import topics
from authn.authenticators.zkp import challenges, resealing
from identity.kernel import jobs

__all__ = ["topics"]


def _reseal() -> None:
    resealing.run()


jobs.register("image_login.prune", timedelta(minutes=10), challenges.prune)
# Reads every row that is active: once a day is soon enough for a key that was replaced in calm.
jobs.register("image_login.reseal", timedelta(days=1), _reseal)
