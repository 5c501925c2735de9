"""News from below: people, passwords and clients. Each receiver calls a command, nothing else."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from authn.authenticators.signals import image_changed, password_changed
from authn.sessions import grants, lifecycle
from authn.sessions.models import EndReason, LoginSession
from identity.kernel.actors import Actor
from tenants.clients.models import Client
from tenants.clients.signals import client_disabled, client_registered
from tenants.users.models import User
from tenants.users.signals import user_deactivated, user_deleted, user_email_changed


@receiver([user_deactivated, user_deleted], dispatch_uid="login_sessions.end_sessions")
def end_sessions(*, user: User, actor: Actor, **_: Any) -> None:
    """A person who may not sign in is signed in nowhere (SE05, decision D4)."""
    lifecycle.end_all(user=user, reason=EndReason.USER_DISABLED, actor=actor)


@receiver([password_changed, image_changed], dispatch_uid="login_sessions.end_other_sessions")
def end_other_sessions(
    *, user: User, actor: Actor, is_first: bool, session_id: UUID | None = None, **_: Any
) -> None:
    """Whoever knew the old password, or held the old picture, is out (SE06); who changed it, in the
    session of `session_id`, stays. A first one replaces none."""
    if not is_first:
        rows = LoginSession.objects.filter(tenant_id=user.tenant_id, user_id=user.id)
        own = rows.filter(pk=session_id).first() if session_id else None
        lifecycle.end_all(user=user, reason=EndReason.CREDENTIAL_CHANGED, actor=actor, but=own)


@receiver(user_email_changed, dispatch_uid="login_sessions.end_sessions_of_old_address")
def end_sessions_of_old_address(*, user: User, actor: Actor, **_: Any) -> None:
    """Whoever sat in the account under the old address is out (SE06)."""
    lifecycle.end_all(user=user, reason=EndReason.CREDENTIAL_CHANGED, actor=actor)


@receiver(client_registered, dispatch_uid="login_sessions.establish_grant")
def establish_grant(*, client: Client, **_: Any) -> None:
    """A client's own tokens hang on a row as everybody's do (decision D10)."""
    grants.establish_standing(client=client)


@receiver(client_disabled, dispatch_uid="login_sessions.revoke_grants")
def revoke_grants(*, client: Client, actor: Actor, **_: Any) -> None:
    """What people granted to a disabled client does not revive with it."""
    grants.revoke_all(client=client, reason=grants.CLIENT_DISABLED, actor=actor)
