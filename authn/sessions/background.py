"""What this room does by itself."""

from datetime import timedelta

from authn.sessions import pruning
from identity.kernel import jobs

jobs.register("sessions.prune", timedelta(hours=6), pruning.prune)
