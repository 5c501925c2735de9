"""Which methods a person can prove with; what the plan of a sign-in is made from."""

from dataclasses import dataclass
from datetime import datetime

from authn.authenticators.models import Password
from authn.authenticators.zkp import enrolment
from tenants.users.models import User


@dataclass(frozen=True, slots=True)
class Method:
    """One enrolled method: `name` is its module's name, `amr` its RFC 8176 words."""

    name: str
    amr: tuple[str, ...]
    enrolled_at: datetime


def methods_of(user: User) -> list[Method]:
    """The enrolled methods of a person."""
    passwords = Password.objects.filter(tenant_id=user.tenant_id, user=user)
    methods = [Method("password", ("pwd",), row.changed_at) for row in passwords]
    picture = enrolment.describe(user)
    if picture is not None:
        methods.append(Method("image", picture.factors.amr, picture.enrolled_at))
    return methods
