"""The names that people sign in with: their form, and finding a person by one."""

import re
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from identity.kernel.errors import Invalid
from identity.kernel.text import fold, require_plain
from identity.tenancy.prepared import Prepared
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users.models import Identifier, User

LONGEST_USERNAME: Final = 128
LONGEST_EMAIL: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LONGEST_KEY: Final = 512  # NFKC can make 18 characters of one; B-tree entries end at 2.7 kB
SELF_CHOSEN: Final = re.compile(r"[a-zA-Z0-9_.@-]+")


def find(*, tenant: Tenant, text: str) -> User | None:
    """The person whose user name or e-mail address this is, in any spelling; disabled ones too.

    One statement for every answer: the caller sees to it that its own work does not differ.
    """
    if len(text) > _LONGEST_KEY or "\0" in text:
        return None
    with tenant_scope(tenant.id):
        return _NAMED.first(tenant=tenant.id, key=fold(text.strip()))


def named(tenant: Tenant | UUID, key: str) -> "models.QuerySet[User]":
    """Whoever bears the folded name `key`: nobody or one person."""
    # A sub-select and no join: it is looked up first and once, whatever the planner believes about
    # the size of a tenant that has grown since the last ANALYZE.
    bearer = Identifier.objects.filter(tenant=tenant, key=key).values("user_id")
    return User.objects.filter(tenant=tenant, pk=models.Subquery(bearer))


_NAMED: Final = Prepared(named, tenant=UUID, key=str)


def require_username(username: str) -> str:
    """The user name as it is stored. Raises Invalid."""
    return _required("username", username, LONGEST_USERNAME)


def require_self_chosen(username: str) -> str:
    """The same for a name that its bearer chooses: contract 2.4 allows fewer characters there."""
    name = require_username(username)
    if SELF_CHOSEN.fullmatch(name) is None:
        raise Invalid("username", "may hold letters, digits and . _ @ - only")
    return name


def require_email(email: str) -> str:
    """The e-mail address as it is stored. Raises Invalid."""
    address = _required("email", email, LONGEST_EMAIL)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid("email", "is not an e-mail address") from None
    return address


def _required(field: str, text: str, longest: int) -> str:
    value = require_plain(text, field)
    if not value:
        raise Invalid(field, "must not be empty")
    if len(value) > longest or len(fold(value)) > _LONGEST_KEY:
        raise Invalid(field, f"must have at most {longest} characters")
    return value
