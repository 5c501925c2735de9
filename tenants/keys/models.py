"""What a tenant signs and opens with. Private parts are sealed; nothing here renders them."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tenants.registry.models import TenantOwned


class KeyState(models.TextChoices):
    """A key's life: published before use, used, published until the last token expired, gone."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    GONE = "gone"


class KeyAlgorithm(models.TextChoices):
    """JOSE `alg` values a tenant has keys for."""

    EDDSA = "EdDSA", "EdDSA"
    RS256 = "RS256", "RS256"
    ES256 = "ES256", "ES256"


class SigningKey(TenantOwned):
    """One signing key of one tenant. `private_sealed` is a PKCS#8 DER under the keyring."""

    kid = models.CharField(max_length=64, unique=True, db_collation="C")
    algorithm = models.CharField(max_length=8, choices=KeyAlgorithm.choices)
    state = models.CharField(max_length=8, choices=KeyState.choices, default=KeyState.NEXT)
    public_jwk = models.JSONField()
    private_sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    activates_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    retires_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "algorithm"],
                condition=models.Q(state="active"),
                name="one_active_key",
            ),
            models.UniqueConstraint(
                fields=["tenant", "algorithm"],
                condition=models.Q(state="next"),
                name="one_next_key",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "state"], name="key_by_state")]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"


class EncryptionKey(TenantOwned):
    """One X25519 key that people's pages seal to (HPKE). `private_sealed` is 32 raw bytes.

    It is named in challenges from `activates_at` until `retires_at`, which is set when the key
    after it is made, and opens for a day longer; then the row is deleted.
    """

    kid = models.CharField(max_length=16, db_collation="C")
    public = models.BinaryField(max_length=32)
    private_sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    activates_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "kid"], name="encryption_key_once"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(retires_at=None),
                name="one_last_encryption_key",
            ),
        ]

    def __str__(self) -> str:
        return f"X25519 {self.kid}"
