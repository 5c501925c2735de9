"""The letters of this room, written from ids at the moment they are sent."""

from uuid import UUID

from identity.outbox.handlers import Delivery
from identity.outbox.mail import Letter
from tenants.registry import palette, resolution
from tenants.users.models import User


def picture_guessed(delivery: Delivery) -> Letter | None:
    """A warning: wrong PINs or patterns came together with the right picture."""
    tenant = resolution.by_id(delivery.tenant_id) if delivery.tenant_id else None
    if tenant is None:
        return None
    context = delivery.payload["context"]
    user = User.objects.filter(tenant_id=tenant.id, pk=UUID(context["user"])).first()
    if user is None or user.is_disabled:
        return None
    return Letter(
        recipient=user.email,
        context={
            "tenant": tenant,
            "palette": palette.of(tenant.policy.brand),
            "user": user,
            "at": context["at"],
        },
        locale=user.locale or "",
    )
