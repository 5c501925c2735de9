"""What this room does by itself."""

from datetime import timedelta

from identity.audit import checkpoints, counting, sealing
from identity.kernel import jobs

# Within two seconds, the issue says: one to wait, one to work.
jobs.register("audit.seal", timedelta(seconds=1), sealing.seal)
jobs.register("audit.checkpoint", checkpoints.EVERY, checkpoints.sign_heads)
jobs.register("audit.prune_counts", timedelta(days=1), counting.prune)
