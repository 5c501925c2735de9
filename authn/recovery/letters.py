"""The letters of this room, written from ids at the moment they are sent."""

from uuid import UUID

from authn.login import email_codes
from authn.recovery import codes
from identity.outbox.handlers import Delivery
from identity.outbox.mail import Letter
from tenants.registry import palette, resolution
from tenants.users.models import User


def password_reset(delivery: Delivery) -> Letter | None:
    """A code for a new picture; it is made here and replaces any before it. None where name and
    address did not fit: such a request is queued like any other, and ends here (EN03)."""
    tenant = resolution.by_id(delivery.tenant_id) if delivery.tenant_id else None
    if tenant is None:
        return None
    user_id = UUID(delivery.payload["context"]["user"])
    user = User.objects.filter(tenant_id=tenant.id, pk=user_id, is_disabled=False).first()
    if user is None:
        return None
    code = codes.mint(user=user)
    return Letter(
        recipient=user.email,
        context={
            "tenant": tenant,
            "palette": palette.of(tenant.policy.brand),
            "user": user,
            "code": email_codes.shown(code),
            "valid_minutes": int(codes.LIFETIME.total_seconds() // 60),
        },
        locale=user.locale or "",
    )
