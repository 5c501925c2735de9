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
    # Why the last answer was refused, until the next one: the page after the redirect tells it.
    failure = models.CharField(max_length=32, default="", blank=True)
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


class PlaceKind(models.TextChoices):
    """What makes a place familiar."""

    DEVICE = "device"
    COUNTRY = "country"


class FamiliarPlace(TenantOwned):
    """A device (browser and system) or a country from which a person signed in before.

    Kept apart from sessions: those go after a while, and a returning person is no news.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=8, choices=PlaceKind.choices)
    name = models.CharField(max_length=160, db_collation="C")
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "user", "kind", "name"], name="familiar_place_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EmailCode(TenantOwned):
    """The one running code that proves a person reads their mail (contract 2.5: 10 min, 5 tries).

    Minted when the letter is made, never before: the outbox holds ids, not secrets. `address_key`
    binds the code to the address it was sent to.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    digest = models.BinaryField(max_length=32)
    address_key = models.CharField(max_length=1024, db_collation="C")
    tries_left = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]

    def __str__(self) -> str:
        return f"code of {self.user_id}"


class LivenessRecord(TenantOwned):
    """What a client said of a face check and of its picture's state (contract 7.1): evidence, and
    never proof. It holds device data: it goes at `retain_until`, and with the person.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    act = models.CharField(max_length=16)
    # JSON as text: never searched, and what clients make up is not always what jsonb takes (NUL).
    log_data = models.TextField(blank=True, default="")
    ber = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retain_until = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["retain_until"], name="liveness_retention")]

    def __str__(self) -> str:
        return f"evidence {self.id}"
