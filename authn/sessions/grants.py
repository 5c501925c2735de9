"""Grants: made when a client is allowed something, dead everywhere once revoked (decision D10)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from authn.sessions import events
from authn.sessions.models import GrantKind, LoginSession, TokenGrant
from identity.audit import recording
from identity.kernel.actors import Actor
from identity.tenancy.caching import TenantCache
from identity.tenancy.prepared import insert
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.users.models import User

CLIENT_DISABLED: Final = "client_disabled"
CONSENT_WITHDRAWN: Final = "consent_withdrawn"
CODE_REPLAYED: Final = "code_replayed"
REFRESH_REUSED: Final = "refresh_reused"

_standing: TenantCache[TokenGrant] = TenantCache("standing_grants", ttl_seconds=300)


@transaction.atomic
def create(
    *,
    tenant: Tenant,
    client: Client,
    user: User,
    session: LoginSession,
    scopes: Sequence[str],
    is_offline: bool,
    nonce: str,
    expires_at: datetime | None,
    actor: Actor,
) -> TokenGrant:
    """A grant of `user` to `client` exists; `amr`, `acr` and `auth_time` are the session's.

    A grant without `is_offline` ends with its session. `expires_at` None: when it is revoked.
    """
    grant = insert(
        TokenGrant(
            tenant_id=tenant.id,
            kind=GrantKind.AUTHORIZATION_CODE,
            client=client,
            user=user,
            session=session,
            scopes=list(scopes),
            is_offline=is_offline,
            nonce=nonce,
            amr=session.amr,
            acr=session.acr,
            auth_time=session.auth_time,
            expires_at=expires_at,
        )
    )
    recording.record(
        events.GRANT_CREATED,
        actor=actor,
        tenant_id=tenant.id,
        subject=recording.Subject("grant", grant.id, client.client_id),
        data={"session": str(session.id), "scopes": list(scopes), "is_offline": is_offline},
    )
    return grant


def establish_standing(*, client: Client) -> TokenGrant:
    """The client's own grant exists, which its client_credentials tokens name.

    Part of the client's registration, whose audit event covers it: it gives no right by itself.
    """
    grant, _ = TokenGrant.objects.get_or_create(
        tenant_id=client.tenant_id, client=client, kind=GrantKind.CLIENT_CREDENTIALS
    )
    return grant


def standing(client: Client) -> TokenGrant | None:
    """The client's own grant, from the process's cache; None where there is none that lives.

    The object is shared: read only.
    """
    return _standing.get(
        (client.tenant_id, client.id),
        lambda: TokenGrant.objects.filter(
            tenant_id=client.tenant_id,
            client_id=client.id,
            kind=GrantKind.CLIENT_CREDENTIALS,
            revoked_at=None,
        ).first(),
    )


@transaction.atomic
def revoke(*, tenant: Tenant, grant_id: UUID, reason: str, actor: Actor) -> bool:
    """Every token of the grant is refused from now on. False if it was revoked before."""
    revoked = TokenGrant.objects.filter(tenant_id=tenant.id, pk=grant_id, revoked_at=None).update(
        revoked_at=timezone.now(), revoke_reason=reason
    )
    if not revoked:
        return False
    _standing.invalidate(tenant.id)
    recording.record(
        events.GRANT_REVOKED,
        actor=actor,
        tenant_id=tenant.id,
        subject=recording.Subject("grant", grant_id),
        reason=reason,
    )
    return True


def revoke_of(*, user: User, client: Client, reason: str) -> int:
    """Part of a command that records: what `user` granted to `client` is revoked. How many."""
    return TokenGrant.objects.filter(
        tenant_id=user.tenant_id, user_id=user.id, client_id=client.id, revoked_at=None
    ).update(revoked_at=timezone.now(), revoke_reason=reason)


@transaction.atomic
def revoke_all(*, client: Client, reason: str, actor: Actor) -> int:
    """What people granted to `client` is revoked, how many; its standing grant is not."""
    count = TokenGrant.objects.filter(
        tenant_id=client.tenant_id, client_id=client.id, user__isnull=False, revoked_at=None
    ).update(revoked_at=timezone.now(), revoke_reason=reason)
    recording.record(
        events.GRANTS_REVOKED,
        actor=actor,
        tenant_id=client.tenant_id,
        subject=recording.Subject("client", client.id, client.client_id),
        reason=reason,
        data={"count": count},
    )
    return count


def hand_over(*, tenant_id: UUID, of: UUID, to: UUID) -> None:
    """Living grants of session `of` belong to `to`: a new proof does not cut off applications."""
    TokenGrant.objects.filter(tenant_id=tenant_id, session_id=of, revoked_at=None).update(
        session_id=to
    )


def revoke_of_sessions(
    *, tenant_id: UUID, session_ids: Collection[UUID], reason: str, has_offline: bool
) -> None:
    """Part of ending sessions: their grants are revoked, offline ones if `has_offline`."""
    rows = TokenGrant.objects.filter(
        tenant_id=tenant_id, session_id__in=session_ids, revoked_at=None
    )
    if not has_offline:
        rows = rows.filter(is_offline=False)
    rows.update(revoked_at=timezone.now(), revoke_reason=reason)


def revoke_of_user(
    *, tenant_id: UUID, user_id: UUID, reason: str, but_session: LoginSession | None
) -> None:
    """Part of ending all sessions of a person: everything they granted outside `but_session`."""
    rows = TokenGrant.objects.filter(tenant_id=tenant_id, user_id=user_id, revoked_at=None)
    if but_session is not None:
        rows = rows.filter(Q(session_id__isnull=True) | ~Q(session_id=but_session.id))
    rows.update(revoked_at=timezone.now(), revoke_reason=reason)
