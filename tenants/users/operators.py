"""The platform always has somebody who may run it."""

from uuid import UUID

from identity.kernel.errors import Refused
from tenants.registry import resolution
from tenants.users.models import Role, User


def hold(tenant_id: UUID) -> None:
    """Lock the rows of all operators until the transaction ends; nothing in other tenants.

    Comes before any lock on one of them, and in one order: two operators who remove each other at
    once wait here, instead of each holding one row and waiting for the other's.
    """
    platform = resolution.platform()
    if platform is not None and platform.id == tenant_id:
        operators = User.objects.of(platform).operators().order_by("pk")
        list(operators.select_for_update().values_list("pk", flat=True))


def require_another(user: User) -> None:
    """Refuse what would leave the platform without an operator who may sign in (AD16).

    Call it after `hold`, inside the transaction that takes `user` away.
    """
    if user.is_disabled or Role.PLATFORM_OPERATOR not in user.roles:
        return
    others = User.objects.filter(tenant_id=user.tenant_id).operators().exclude(pk=user.pk)
    if not others.exists():
        raise Refused("The last operator of the platform stays", rule="last_operator")
