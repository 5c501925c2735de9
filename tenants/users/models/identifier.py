"""The names under which a person is found."""

from typing import ClassVar

from django.db import models

from tenants.registry.models import TenantOwned
from tenants.users.models.user import User


class Identifier(TenantOwned):
    """One folded name of one person: the user name, the e-mail address.

    One table for both, because both are typed into one field: unique (tenant, key) keeps a person
    from taking another's address as a user name, and with it the other's sign-in.
    """

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="identifiers",
        db_constraint=False,
        db_index=False,
    )
    key = models.CharField(max_length=512, db_collation="C")

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key"], name="identifier_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "user"], name="identifier_of_user"),
            # The platform's operators look for a person without knowing the tenant.
            models.Index(fields=["key"], name="identifier_key_platform"),
        ]

    def __str__(self) -> str:
        return self.key
