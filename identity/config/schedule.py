"""When Celery's beat asks for what: the sweep of the outbox and each room's periodic jobs.

Beat only asks. Whether a job is due, and that one worker does it, is decided in Postgres: several
beats, or none for a while, do no harm.
"""

from typing import Any

from identity.kernel.jobs import declared

# As the embedded worker: what is lost of kicks waits at most this long.
SWEEP_SECONDS = 5.0
# Beat counts from its own start: a daily job would never come if beat is restarted every day.
ASK_SECONDS = 60.0


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
            "schedule": min(job.every.total_seconds(), ASK_SECONDS),
            "options": {"expires": min(job.every.total_seconds(), ASK_SECONDS)},
        }
        for job in declared().values()
    }
    return {"outbox.sweep": sweep, **jobs}
