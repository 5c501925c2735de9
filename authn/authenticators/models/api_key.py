"""API keys: one credential for `X-API-Key`, bearer and application tokens (contract 6.13)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Now

from tenants.registry.models import TenantOwned
from tenants.users.models import User


class ApiKey(TenantOwned):
    """A key of one person. Found by `digest`; `fingerprint` is what may be shown."""

    key_id = models.CharField(max_length=64, unique=True, db_collation="C")
    serial = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("api_key_serial"), function="nextval")
    )
    digest = models.BinaryField(max_length=32, unique=True)
    fingerprint = models.CharField(max_length=16)
    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_keys", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=200, blank=True, default="")
    description = models.CharField(max_length=1000, blank=True, default="")
    scopes = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_ip = models.GenericIPAddressField(null=True, editable=False)
    created_country = models.CharField(max_length=2, null=True, editable=False)
    created_user_agent = models.CharField(max_length=512, default="", editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_ip = models.GenericIPAddressField(null=True, editable=False)
    last_used_country = models.CharField(max_length=2, null=True, editable=False)
    last_used_user_agent = models.CharField(max_length=512, default="", editable=False)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "owner"], name="api_key_of_owner"),
            models.Index(fields=["tenant", "-created_at"], name="api_key_newest"),
        ]

    def __str__(self) -> str:
        return self.name or self.key_id
