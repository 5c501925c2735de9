"""One authorization request, parsed once."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from authn.login.models import LoginAttempt
from authn.sessions.models import LoginSession
from tenants.clients.models import Client
from tenants.registry.models import TenantOwned


class RequestState(models.TextChoices):
    """Where a request stands: a code is issued from it at most once."""

    OPEN = "open"
    ISSUED = "issued"
    REFUSED = "refused"


class AuthorizationRequestQuerySet(models.QuerySet["AuthorizationRequest"]):
    """Reads of requests."""

    def waiting(self, at: datetime | None = None) -> Self:
        """Neither answered nor expired, now or at a given moment."""
        return self.filter(state=RequestState.OPEN, expires_at__gt=at or timezone.now())


class AuthorizationRequest(TenantOwned):
    """What a client asked at /authorize, checked, while a person is asked something.

    It belongs to the browser that brought it: `browser_digest` as in LoginAttempt. A person must
    sign in: `attempt` is that conversation. A live session sufficed: `session` is the one, and
    only consent is owed.
    """

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    browser_digest = models.BinaryField(max_length=32)
    attempt = models.OneToOneField(
        LoginAttempt, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    session = models.ForeignKey(
        LoginSession,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    state = models.CharField(max_length=8, choices=RequestState.choices, default=RequestState.OPEN)
    redirect_uri = models.CharField(max_length=2000)
    scopes = ArrayField(models.CharField(max_length=128), default=list)
    client_state = models.CharField(max_length=4096, default="", blank=True)
    nonce = models.CharField(max_length=512, default="", blank=True)
    code_challenge = models.CharField(max_length=128)
    prompts = ArrayField(models.CharField(max_length=16), default=list)
    max_age_seconds = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    objects = AuthorizationRequestQuerySet.as_manager()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="request_expiry")]

    def __str__(self) -> str:
        return f"request {self.id}"
