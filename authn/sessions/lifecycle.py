"""Sessions from their opening to their end. Opened in one place (the login pipeline), ended here.

A session is rotated by being replaced: whoever proves themselves again gets a new row, a new id
and a new secret, so that no id planted or copied before a proof is worth anything after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from authn.sessions import events, grants
from authn.sessions.models import EndReason, LoginSession
from authn.sessions.signals import session_ended
from identity.audit import recording
from identity.kernel.actors import Actor, Origin
from identity.kernel.identifiers import uuid7
from identity.kernel.secrets import Secret, digest, generate
from tenants.registry.models import Tenant
from tenants.users.models import User

SECRET_PURPOSE: Final = "session"  # noqa: S105  what the digest is for, no secret
# A flood of sign-ins (SE13) leaves so many sessions of one person and ends the oldest.
LIVE_PER_PERSON: Final = 100
# Contract: `last_access` is written at most once a minute.
TOUCH_EVERY: Final = timedelta(minutes=1)
# Columns that a new session fills; the others are empty at first.
_NEW: Final = (
    "id", "tenant_id", "user_id", "secret_digest", "amr", "acr", "auth_time",
    "created_at", "created_ip", "created_country", "created_user_agent",
    "last_access_at", "last_access_ip", "last_access_country", "last_access_user_agent",
    "expires_at", "idle_expires_at",
)  # fmt: skip
# Ends that say "this access was wrong": offline grants go too. A plain sign-out keeps them, as
# OpenID Connect Core §11 means `offline_access`.
_SEVERE: Final = frozenset(
    {
        EndReason.ENDED_BY_OWNER,
        EndReason.ENDED_BY_OPERATOR,
        EndReason.USER_DISABLED,
        EndReason.CREDENTIAL_CHANGED,
    }
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session and the secret for the browser's cookie: the only time it exists in clear."""

    session: LoginSession
    secret: Secret


def open(  # noqa: A001  the verb of the house; always called qualified
    *,
    tenant: Tenant,
    user: User,
    amr: Sequence[str],
    acr: str,
    auth_time: datetime,
    origin: Origin,
    replaces: LoginSession | None = None,
    session_id: UUID | None = None,
) -> Opened:
    """A new session of `user` exists, with an id and a secret that nobody has seen before (SE01).

    `replaces`, a live session of the same person in the same browser, ends, and what was granted
    in it goes on in the new one. More than 100 live sessions of a person: the oldest end. Must run
    inside the transaction of the sign-in, whose audit event tells of it.
    """
    now = timezone.now()
    policy = tenant.policy.session
    expires_at = now + timedelta(minutes=policy.absolute_minutes)
    secret = generate("")
    session = LoginSession(
        id=session_id or uuid7(),
        tenant_id=tenant.id,
        user=user,
        secret_digest=digest(secret, SECRET_PURPOSE),
        amr=list(amr),
        acr=acr,
        auth_time=auth_time,
        created_at=now,
        created_ip=origin.ip,
        created_country=origin.country,
        created_user_agent=origin.user_agent,
        last_access_at=now,
        last_access_ip=origin.ip,
        last_access_country=origin.country,
        last_access_user_agent=origin.user_agent,
        expires_at=expires_at,
        idle_expires_at=min(now + timedelta(minutes=policy.idle_minutes), expires_at),
    )
    replaced = replaces.id if replaces is not None and replaces.user_id == user.id else None
    _insert(session, replaced)
    if replaced is not None:
        grants.hand_over(tenant_id=tenant.id, of=replaced, to=session.id)
    return Opened(session, secret)


def is_live(session: LoginSession, tenant: Tenant) -> bool:
    """Neither ended nor past a limit, judged now by what the tenant's policy says now (SE07)."""
    now = timezone.now()
    policy = tenant.policy.session
    # `last_access_at` may lag by a minute; that minute is the holder's.
    idle_since = now - timedelta(minutes=policy.idle_minutes) - TOUCH_EVERY
    return (
        session.is_live
        and session.last_access_at > idle_since
        and session.created_at > now - timedelta(minutes=policy.absolute_minutes)
    )


def touch(*, session: LoginSession, tenant: Tenant, origin: Origin) -> None:
    """`last_access` is of this minute and the idle limit runs anew; never past the absolute one.

    One statement at most once a minute; a row that another request is writing is left alone, so
    that no page waits.
    """
    now = timezone.now()
    if now - session.last_access_at < TOUCH_EVERY:
        return
    idle_expires_at = now + timedelta(minutes=tenant.policy.session.idle_minutes)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE login_sessions_loginsession
               SET last_access_at = %s, last_access_ip = %s, last_access_country = %s,
                   last_access_user_agent = %s, idle_expires_at = least(%s, expires_at)
             WHERE id = (SELECT id FROM login_sessions_loginsession
                          WHERE tenant_id = %s AND id = %s AND ended_at IS NULL
                            FOR UPDATE SKIP LOCKED)
            """,
            [
                *(now, origin.ip, origin.country, origin.user_agent),
                *(idle_expires_at, tenant.id, session.id),
            ],
        )


def note_token_issue(*, tenant: Tenant, session_id: UUID, origin: Origin) -> None:
    """`token_issue` is this moment; a client that refreshes keeps the session from idling out."""
    now = timezone.now()
    idle_expires_at = now + timedelta(minutes=tenant.policy.session.idle_minutes)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE login_sessions_loginsession
               SET token_issue_at = %s, token_issue_ip = %s, token_issue_country = %s,
                   token_issue_user_agent = %s, last_access_at = greatest(last_access_at, %s),
                   idle_expires_at = least(%s, expires_at)
             WHERE tenant_id = %s AND id = %s AND ended_at IS NULL
            """,
            [
                *(now, origin.ip, origin.country, origin.user_agent, now),
                *(idle_expires_at, tenant.id, session_id),
            ],
        )


def _insert(session: LoginSession, replaced: UUID | None) -> None:
    """Store a new session, end the one it replaces and the oldest beyond what a person may have:
    one statement.

    By hand: the ORM's three would cost a tenth of a whole sign-in. The caller holds the lock on
    the person's row.
    """
    columns = ", ".join(_NEW)
    places = ", ".join(["%s"] * len(_NEW))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH opened AS (
                INSERT INTO login_sessions_loginsession ({columns}, token_issue_user_agent,
                                                         end_reason)
                VALUES ({places}, '', '')
            )
            UPDATE login_sessions_loginsession
               SET ended_at = %s,
                   end_reason = CASE WHEN id = %s THEN %s ELSE %s END,
                   successor_id = CASE WHEN id = %s THEN %s::uuid END
             WHERE tenant_id = %s AND user_id = %s AND ended_at IS NULL
               AND (id = %s
                    OR id IN (SELECT id FROM login_sessions_loginsession
                               WHERE tenant_id = %s AND user_id = %s AND ended_at IS NULL
                               ORDER BY created_at DESC
                              OFFSET %s))
            """,  # noqa: S608 - only names of columns vary
            [
                *(getattr(session, name) for name in _NEW),
                session.created_at,
                *(replaced, EndReason.REPLACED, EndReason.SURPLUS),
                *(replaced, session.id),
                *(session.tenant_id, session.user_id, replaced),
                *(session.tenant_id, session.user_id, LIVE_PER_PERSON - 1),
            ],
        )
    session._state.adding, session._state.db = False, connection.alias  # noqa: SLF001 - as `save`


@transaction.atomic
def end(*, session: LoginSession, reason: EndReason, actor: Actor) -> bool:
    """The session is over, its grants are revoked (offline ones only where the reason is severe).

    False, and nothing done, if it had ended before. Announces `session_ended`.
    """
    now = timezone.now()
    ended = LoginSession.objects.filter(
        tenant_id=session.tenant_id, pk=session.pk, ended_at=None
    ).update(ended_at=now, end_reason=reason)
    if not ended:
        return False
    session.ended_at, session.end_reason = now, reason
    grants.revoke_of_sessions(
        tenant_id=session.tenant_id,
        session_ids=[session.id],
        reason=reason,
        has_offline=reason in _SEVERE,
    )
    recording.record(
        events.SESSION_ENDED,
        actor=actor,
        tenant_id=session.tenant_id,
        subject=recording.Subject("session", session.id, ""),
        reason=reason,
        data={"user": str(session.user_id)},
    )
    session_ended.send(LoginSession, session=session, reason=reason, actor=actor)
    return True


@transaction.atomic
def end_all(*, user: User, reason: EndReason, actor: Actor, but: LoginSession | None = None) -> int:
    """No session of `user` is left but `but`; their grants are revoked as `end` revokes.

    Returns how many ended. A severe reason also revokes what the person granted in sessions that
    ended before. Announces `session_ended` for each.
    """
    now = timezone.now()
    rows = LoginSession.objects.filter(tenant_id=user.tenant_id, user_id=user.id, ended_at=None)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    sessions = list(rows.select_for_update().order_by("pk"))
    LoginSession.objects.filter(pk__in=[session.pk for session in sessions]).update(
        ended_at=now, end_reason=reason
    )
    if reason in _SEVERE:
        grants.revoke_of_user(
            tenant_id=user.tenant_id, user_id=user.id, reason=reason, but_session=but
        )
    else:
        grants.revoke_of_sessions(
            tenant_id=user.tenant_id,
            session_ids=[session.id for session in sessions],
            reason=reason,
            has_offline=False,
        )
    recording.record(
        events.SESSIONS_ENDED,
        actor=actor,
        tenant_id=user.tenant_id,
        subject=recording.Subject("user", user.id, user.username),
        reason=reason,
        data={"count": len(sessions)},
    )
    for session in sessions:
        session.ended_at, session.end_reason = now, reason
        session_ended.send(LoginSession, session=session, reason=reason, actor=actor)
    return len(sessions)
