"""What this room does by itself."""

from datetime import timedelta

from identity.kernel import jobs
from tenants.keys import encryption_rotation, rotation


def _rotate() -> None:
    rotation.run_due()


def _rotate_encryption() -> None:
    encryption_rotation.run_due()


# Far more often than keys change: a worker that was down for a day catches up within minutes.
jobs.register("signing_keys.rotate", timedelta(minutes=10), _rotate)
jobs.register("encryption_keys.rotate", timedelta(minutes=10), _rotate_encryption)
