"""What this room does by itself."""

from datetime import timedelta

from identity.kernel import jobs
from identity.outbox import pruning

jobs.register("outbox.prune", timedelta(hours=1), pruning.prune)
