"""E-mail verification: a code is sent, and typed again, in a browser or over the API."""

from django.utils import timezone

from authn.blocking import guard
from authn.login import email_codes, refusals, topics
from authn.login.completion import actor_of
from authn.login.outcomes import Failed, Stopped
from identity.kernel.actors import Origin, anonymous
from identity.outbox import mail
from identity.tenancy.scope import tenant_scope
from tenants.registry.models import Tenant
from tenants.users import accounts, identifiers
from tenants.users.models import User

GUARDED_AS = "mailed_code"


def send(*, user: User) -> None:
    """A letter with a code is under way, unless one was sent within the last minute, or three
    within the hour."""
    if email_codes.is_recent(user=user):
        return
    minute = int(timezone.now().timestamp() // email_codes.RESEND_AFTER.total_seconds())
    mail.send(
        topics.VERIFICATION,
        recipient=user.email,
        context={"user": str(user.id)},
        tenant_id=user.tenant_id,
        about=user.id,
        # Two requests at once queue one letter.
        dedupe_key=f"verification:{user.id}:{minute}",
    )


def resend(*, tenant: Tenant, username: str, origin: Origin) -> Stopped | None:
    """Whoever bears the name and is not verified gets a letter; nobody is told whether. Stopped:
    too many were asked for from here."""
    user = identifiers.find(tenant=tenant, text=username)
    with tenant_scope(tenant.id):
        stopped = guard.admit(tenant=tenant, origin=origin, act="resend")
        if stopped is not None:
            return Stopped(stopped.retry_after_seconds)
        if user is not None and not user.is_verified and not user.is_disabled:
            send(user=user)
    return None


def confirm(
    *, tenant: Tenant, username: str, code: str, origin: Origin, act: str = "verify_email"
) -> Failed | Stopped | None:
    """None: the code was right, is used up, and the address is its bearer's own.

    A wrong code and an unknown name are one answer. Run it outside transactions.
    """
    user = identifiers.find(tenant=tenant, text=username)
    with tenant_scope(tenant.id):
        permit = guard.reserve(
            tenant=tenant, origin=origin, user=user, identifier=username, method=GUARDED_AS
        )
        if isinstance(permit, guard.Stopped):
            return refusals.noted(permit, tenant=tenant, user=user, origin=origin, act=act)
        is_right = email_codes.redeem(user=user, typed=code)
        if user is None or not is_right or user.is_disabled:
            guard.fail(permit=permit, actor=anonymous(origin, tenant.id))
            refusals.note("wrong_code", tenant=tenant, user=user, origin=origin, act=act)
            return Failed(refusals.CODE)
        guard.succeed(permit=permit)
        accounts.mark_verified(user=user, actor=actor_of(user, origin))
        return None
