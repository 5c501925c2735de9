"""One sign-in of one person in one browser."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from tenants.registry.models import TenantOwned
from tenants.users.models import User


class EndReason(models.TextChoices):
    """Why a session is over."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_OWNER = "ended_by_owner"
    ENDED_BY_OPERATOR = "ended_by_operator"
    USER_DISABLED = "user_disabled"
    CREDENTIAL_CHANGED = "credential_changed"
    REPLACED = "replaced"
    SURPLUS = "surplus"
    EXPIRED = "expired"


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    """Reads of sessions."""

    def live(self, at: datetime | None = None) -> Self:
        """Not ended, and inside both limits, now or at a given moment."""
        now = at or timezone.now()
        return self.filter(ended_at=None, expires_at__gt=now, idle_expires_at__gt=now)


class LoginSession(TenantOwned):
    """Truth about a sign-in. The browser holds a secret, the row its digest; `id` is the `sid`.

    The three events are the contract's ClientEvents (2.4): created, last access, last token issue.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="sessions", db_constraint=False, db_index=False
    )
    secret_digest = models.BinaryField(max_length=32, unique=True)
    amr = ArrayField(models.CharField(max_length=16), default=list)
    acr = models.CharField(max_length=64, default="", blank=True)
    auth_time = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_ip = models.GenericIPAddressField(null=True)
    created_country = models.CharField(max_length=2, null=True)
    created_user_agent = models.CharField(max_length=512, default="")
    last_access_at = models.DateTimeField(db_default=Now())
    last_access_ip = models.GenericIPAddressField(null=True)
    last_access_country = models.CharField(max_length=2, null=True)
    last_access_user_agent = models.CharField(max_length=512, default="")
    token_issue_at = models.DateTimeField(null=True)
    token_issue_ip = models.GenericIPAddressField(null=True)
    token_issue_country = models.CharField(max_length=2, null=True)
    token_issue_user_agent = models.CharField(max_length=512, default="")
    expires_at = models.DateTimeField()
    idle_expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=EndReason.choices, default="", blank=True)
    # The session that took over when the same person proved themselves again in the same browser.
    # A plain id: whoever follows a `sid` of an old ID token needs no join.
    successor_id = models.UUIDField(null=True)

    objects = LoginSessionQuerySet.as_manager()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "user", "-created_at"], name="session_of_user"),
            models.Index(
                fields=["tenant", "user", "-created_at"],
                condition=models.Q(ended_at__isnull=True),
                name="open_session_of_user",
            ),
            models.Index(fields=["tenant", "-created_at"], name="session_newest"),
            models.Index(fields=["expires_at"], name="session_expiry"),
        ]

    def __str__(self) -> str:
        return f"session of {self.user_id}"

    @property
    def is_live(self) -> bool:
        """Not ended, and inside both limits now. Expiry is tested at use, never by a job."""
        now = timezone.now()
        return self.ended_at is None and now < self.expires_at and now < self.idle_expires_at
