"""When Celery's beat asks for what: the sweep of the outbox and each room's periodic jobs.

Beat only asks. Whether a job is due, and that one worker does it, is decided in Postgres: several
beats, or none for a while, do no harm.
"""

from typing import Any

from identity.kernel.jobs import declared

# As the embedded worker: what is lost of kicks waits at most this long.
SWEEP_SECONDS = 5.0


def entries() -> dict[str, dict[str, Any]]:
    """Celery's `beat_schedule`, from what rooms declared in `apps.ready`."""
    sweep = {
        "task": "outbox.relay",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    }
    jobs = {
        job.name: {
            "task": "outbox.job",
            "args": [job.name],
            "schedule": job.every.total_seconds(),
            "options": {"expires": job.every.total_seconds()},
        }
        for job in declared().values()
    }
    return {"outbox.sweep": sweep, **jobs}
