"""What the image login keeps: sealed commitments of people, and what must be known of
challenges while they matter."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tenants.registry.models import TenantOwned
from tenants.users.models import User


class ImageSource(models.TextChoices):
    """How a commitment came to be."""

    REGISTER = "register"
    RESET = "reset"
    CHANGE = "change"


class VisualSecret(TenantOwned):
    """The commitments of one person, sealed under a key outside the database.

    At most one is active. One that ended stays as a tombstone without key material: `sealed` is
    empty. The factors are what the person proves beside the picture; a size of 0 is "not used".
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="visual_secrets", db_constraint=False
    )
    proto_version = models.CharField(max_length=16, db_collation="C")
    sealed = models.TextField(blank=True, default="")
    pin_size = models.PositiveSmallIntegerField()
    pattern_size = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=8, choices=ImageSource.choices)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "user"],
                condition=models.Q(ended_at=None),
                name="one_active_visual_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(sealed=""),
                name="ended_visual_secret_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"picture of {self.user_id}"


class PageKey(TenantOwned):
    """The key of a page that asked for a challenge, kept until the challenge expires.

    Only for purposes whose forms do not repeat it; a bounded number per `asker` (a keyed digest of
    the address). `id` is the challenge's.
    """

    cipher_key = models.BinaryField(max_length=32)
    asker = models.BinaryField(max_length=8)
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="page_key_expiry"),
            models.Index(fields=["tenant", "asker", "expires_at"], name="page_key_asker"),
        ]

    def __str__(self) -> str:
        return f"key for challenge {self.id}"


class SpentChallenge(TenantOwned):
    """A challenge that was used; `id` is the challenge's. One that was not leaves no row here."""

    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="spent_challenge_expiry")]

    def __str__(self) -> str:
        return f"challenge {self.id}"
