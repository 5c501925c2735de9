"""Groups of people."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from tenants.registry.models import Tenant, TenantOwned
from tenants.users.models.user import User


class GroupQuerySet(models.QuerySet["Group"]):
    """Reads of groups."""

    def of(self, tenant: Tenant) -> Self:
        """Groups of one tenant."""
        return self.filter(tenant=tenant)

    def having(self, user: User) -> Self:
        """Groups that this person is in."""
        return self.filter(memberships__user=user, memberships__tenant=user.tenant_id)


class Group(TenantOwned):
    """A named set of people of one tenant (SCIM's Group)."""

    display_name = models.CharField(max_length=256)
    name_key = models.CharField(max_length=512, db_collation="C", editable=False)
    external_id = models.CharField(max_length=256, null=True, blank=True, db_collation="C")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(null=True, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="groups")

    objects = GroupQuerySet.as_manager()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "name_key"], name="group_name"),
        ]

    def __str__(self) -> str:
        return self.display_name


class Membership(TenantOwned):
    """One person in one group."""

    group = models.ForeignKey(
        Group,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_constraint=False,
        db_index=False,
    )
    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_constraint=False,
        db_index=False,
    )
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "group", "user"], name="membership_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "user"], name="membership_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
