"""A person's password verifier."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from tenants.registry.models import TenantOwned
from tenants.users.models import User


class Password(TenantOwned):
    """One Argon2id verifier per person, in PHC string form."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="password", db_constraint=False
    )
    verifier = models.CharField(max_length=256)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [*TenantOwned.Meta.constraints]

    def __str__(self) -> str:
        return f"password of {self.user_id}"
