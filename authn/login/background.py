"""What this room does by itself: its letters, and clearing away what has expired."""

from datetime import timedelta

from authn.login import attempts, evidence, topics
from identity.kernel import jobs

__all__ = ["topics"]

jobs.register("login.prune", timedelta(hours=1), attempts.prune)
jobs.register("login.prune_evidence", timedelta(hours=6), evidence.prune)
