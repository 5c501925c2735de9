"""A person in one tenant."""

from typing import Any, ClassVar, Literal, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Now

from identity.kernel.text import fold
from tenants.registry.models import Tenant, TenantOwned


class Role(models.TextChoices):
    """What a person may do beyond using applications (issue 4 holds the matrix)."""

    PLATFORM_OPERATOR = "platform_operator"
    TENANT_ADMIN = "tenant_admin"
    USER_ADMIN = "user_admin"
    CLIENT_ADMIN = "client_admin"
    AUDITOR = "auditor"
    READER = "reader"


class UserQuerySet(models.QuerySet["User"]):
    """Reads of people."""

    def of(self, tenant: Tenant) -> Self:
        """People of one tenant."""
        return self.filter(tenant=tenant)

    def active(self) -> Self:
        """People who may sign in."""
        return self.filter(is_disabled=False)

    def beginning(self, text: str) -> Self:
        """People whose user name or e-mail address begins so, however it is spelled.

        Ranges and not LIKE: under row-level security only leakproof operators use an index.
        """
        key = fold(text.strip())
        end = key + "\U0010ffff"
        return self.filter(
            models.Q(username_key__gte=key, username_key__lt=end)
            | models.Q(email_key__gte=key, email_key__lt=end)
        )

    def operators(self) -> Self:
        """Operators of the platform who may sign in."""
        return self.active().filter(roles__contains=[Role.PLATFORM_OPERATOR])

    def newest_first(self) -> Self:
        """In the order that both indexes keep."""
        return self.order_by("-created_at", "-id")

    def get_by_natural_key(self, key: str) -> "User":
        """Django's authentication framework asks by primary key here: names are per tenant."""
        return self.get(pk=key)


class User(TenantOwned):
    """A person. `id` is the OIDC `sub`, `public_id` the wire's `user_id`, `serial` for face 002."""

    public_id = models.CharField(max_length=128, db_collation="C")
    serial = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("user_serial"), function="nextval")
    )
    username = models.CharField(max_length=128)
    username_key = models.CharField(max_length=512, db_collation="C", editable=False)
    email = models.CharField(max_length=254)
    email_key = models.CharField(max_length=512, db_collation="C", editable=False)
    name = models.CharField(max_length=200, blank=True, default="")
    is_disabled = models.BooleanField(default=False)
    is_verified = models.BooleanField(default=False)
    locale = models.CharField(max_length=35, null=True, blank=True)
    zoneinfo = models.CharField(max_length=64, null=True, blank=True)
    external_id = models.CharField(max_length=256, null=True, blank=True, db_collation="C")
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices), default=list, blank=True
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(null=True, editable=False)
    last_sign_in_at = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD: ClassVar = "username"
    EMAIL_FIELD: ClassVar = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
    is_anonymous: ClassVar[Literal[False]] = False
    is_authenticated: ClassVar[Literal[True]] = True

    objects = UserQuerySet.as_manager()

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "public_id"], name="user_public_id"),
            models.UniqueConstraint(fields=["tenant", "username_key"], name="user_username"),
            models.UniqueConstraint(fields=["tenant", "email_key"], name="user_email"),
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="user_external_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="user_newest"),
            models.Index(fields=["-created_at", "-id"], name="user_newest_platform"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_active(self) -> bool:
        """Django's word for "may sign in"."""
        return not self.is_disabled

    @property
    def display(self) -> str:
        """What a page calls this person."""
        return self.name or self.username

    def get_username(self) -> str:
        """Django's authentication framework asks for the login name."""
        return self.username

    def natural_key(self) -> tuple[Any]:
        """See `UserQuerySet.get_by_natural_key`."""
        return (str(self.pk),)


class UsedUserId(TenantOwned):
    """A `user_id` of a deleted person: never given to another (contract 2.7)."""

    public_id = models.CharField(max_length=128, db_collation="C")
    deleted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints: ClassVar = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "public_id"], name="used_user_id"),
        ]

    def __str__(self) -> str:
        return self.public_id
