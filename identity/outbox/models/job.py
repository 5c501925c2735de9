"""When each periodic job ran and when it is due: shared by all workers."""

from django.db import models


class Job(models.Model):
    """A row appears when a worker first sees the job; the declarations are `kernel.jobs`."""

    name = models.CharField(primary_key=True, max_length=64, db_collation="C")
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failures_in_a_row = models.IntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return self.name
