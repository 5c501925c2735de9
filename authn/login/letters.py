"""The letters of this room, written from ids at the moment they are sent."""

from uuid import UUID

from django.conf import settings

from authn.login import destinations, email_codes
from authn.sessions.models import LoginSession
from identity.kernel.client_events import describe
from identity.outbox.handlers import Delivery
from identity.outbox.mail import Letter
from tenants.registry import palette, resolution
from tenants.registry.models import Tenant
from tenants.users.models import User


def verification(delivery: Delivery) -> Letter | None:
    """A code for somebody who is not verified yet; it is made here and replaces any before it."""
    tenant, user = _about(delivery)
    if tenant is None or user is None or user.is_verified or user.is_disabled:
        return None
    code = email_codes.mint(user=user)
    return Letter(
        recipient=user.email,
        context={
            "tenant": tenant,
            "palette": palette.of(tenant.policy.brand),
            "user": user,
            "code": email_codes.shown(code),
            "valid_minutes": int(email_codes.LIFETIME.total_seconds() // 60),
        },
        locale=user.locale or "",
    )


def new_sign_in(delivery: Delivery) -> Letter | None:
    """News of a sign-in from a new device or country, unless the session is not there any more."""
    tenant, user = _about(delivery)
    if tenant is None or user is None:
        return None
    session = LoginSession.objects.filter(
        tenant_id=tenant.id, user_id=user.id, pk=UUID(delivery.payload["context"]["session"])
    ).first()
    if session is None:
        return None
    return Letter(
        recipient=user.email,
        context={
            "tenant": tenant,
            "palette": palette.of(tenant.policy.brand),
            "user": user,
            "device": describe(session.created_user_agent).title,
            "ip": session.created_ip or "",
            "country": session.created_country or "",
            "at": session.created_at,
            "account_url": f"{settings.PUBLIC_URL}{destinations.account_url(tenant)}sessions",
        },
        locale=user.locale or "",
    )


def address_taken(delivery: Delivery) -> Letter | None:
    """News to the owner of an address with which somebody tried to register."""
    tenant, user = _about(delivery)
    if tenant is None or user is None or user.is_disabled:
        return None
    return Letter(
        recipient=user.email,
        context={
            "tenant": tenant,
            "palette": palette.of(tenant.policy.brand),
            "user": user,
            "sign_in_url": f"{settings.PUBLIC_URL}/sign-in/{tenant.slug}/",
        },
        locale=user.locale or "",
    )


def email_changed(delivery: Delivery) -> Letter | None:
    """News to the address that was a person's until now."""
    tenant, user = _about(delivery)
    if tenant is None or user is None:
        return None
    return Letter(
        recipient=delivery.payload["recipient"],
        context={"tenant": tenant, "palette": palette.of(tenant.policy.brand), "user": user},
        locale=user.locale or "",
    )


def _about(delivery: Delivery) -> tuple[Tenant | None, User | None]:
    tenant = resolution.by_id(delivery.tenant_id) if delivery.tenant_id else None
    if tenant is None:
        return None, None
    user_id = UUID(delivery.payload["context"]["user"])
    return tenant, User.objects.filter(tenant_id=tenant.id, pk=user_id).first()
