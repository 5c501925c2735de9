"""The login conversation's state: plain columns, no step order in anybody's hands but ours."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from authn.sessions.models import LoginSession
from tenants.clients.models import Client
from tenants.registry.models import TenantOwned
from tenants.users.models import User


class AttemptState(models.TextChoices):
    """Where an attempt stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class LoginAttempt(TenantOwned):
    """One try to sign in. Its `public_id` is the wire's `auth_req_id` (contract 2.5).

    It belongs to the browser that began it: `browser_digest` is the digest of that browser's
    secret cookie; empty for attempts that a machine began over an API face. `user` is whom the
    identifier named, null too when nobody bears that name (the steps then go on alike).
    `methods` are the proofs made so far, in order (names of authn.authenticators modules);
    `amr` their RFC 8176 words.
    """

    public_id = models.CharField(max_length=64, unique=True, db_collation="C")
    browser_digest = models.BinaryField(max_length=32, default=b"")
    face = models.CharField(max_length=16, default="page")
    state = models.CharField(max_length=10, choices=AttemptState.choices, default=AttemptState.OPEN)
    client = models.ForeignKey(
        Client,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    session = models.ForeignKey(
        LoginSession, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    identifier = models.CharField(max_length=254, default="", blank=True)
    has_identifier = models.BooleanField(default=False)
    login_hint = models.CharField(max_length=254, default="", blank=True)
    must_prove_fresh = models.BooleanField(default=False)
    max_age_seconds = models.PositiveIntegerField(null=True)
    required_user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    acr_values = ArrayField(models.CharField(max_length=64), default=list)
    methods = ArrayField(models.CharField(max_length=24), default=list)
    amr = ArrayField(models.CharField(max_length=16), default=list)
    proved_at = models.DateTimeField(null=True)
    resume_url = models.CharField(max_length=500, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="attempt_expiry")]

    def __str__(self) -> str:
        return f"attempt {self.id}"

    @property
    def is_open(self) -> bool:
        """Still moving, and not expired."""
        return self.state == AttemptState.OPEN and timezone.now() < self.expires_at


class SignInTicket(TenantOwned):
    """A proof made over an API, waiting to be applied at Sign In in the attempt's own browser.

    One-time, 60 s (contract 2.5: `nonce`, `oid_nonce`). It never moves the attempt by itself.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    attempt = models.ForeignKey(
        LoginAttempt, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    methods = ArrayField(models.CharField(max_length=24), default=list)
    amr = ArrayField(models.CharField(max_length=16), default=list)
    proved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="ticket_expiry")]

    def __str__(self) -> str:
        return f"ticket {self.id}"
