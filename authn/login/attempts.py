"""Rows of attempts: begun, found, and changed by statements that name what they were read as.

Only the pipeline calls what changes a row.
"""

import base64
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from authn.login import plan
from authn.login.models import AttemptState, LoginAttempt
from authn.login.requirements import Requirements
from identity.kernel.identifiers import unguessable
from identity.tenancy.prepared import Prepared
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.users.models import User

LIFETIME: Final = timedelta(minutes=10)  # contract 7.3
PAGE: Final = "page"
_ANYBODY: Final = Requirements()
_LONGEST_ID: Final = 64
# Read at every step of a conversation.
_BY_PUBLIC_ID: Final = Prepared(
    lambda tenant, public_id: LoginAttempt.objects.filter(
        tenant_id=tenant, public_id=public_id
    ).select_related("user", "client"),
    tenant=UUID,
    public_id=str,
)
_PROOFS: Final = ("methods", "amr", "proved_at", "failure")
_NAMED: Final = (*_PROOFS, "identifier", "has_identifier", "user_id")
_END: Final = ("state", "session_id", "finished_at")
_TENANT_PART: Final = 22  # 16 bytes in base64url without padding


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was proved about whom, and when: what a sign-in ticket carries."""

    user: User
    methods: tuple[str, ...]
    amr: tuple[str, ...]
    proved_at: datetime


def begin(
    *,
    tenant: Tenant,
    browser_digest: bytes,
    client: Client | None = None,
    requirements: Requirements = _ANYBODY,
    login_hint: str = "",
    resume_url: str = "",
    face: str = PAGE,
) -> LoginAttempt:
    """An open attempt of ten minutes exists; `public_id` is its `auth_req_id`. One statement.

    It belongs to the browser whose digest is given, or to no browser (b"", API faces). A required
    person is named already; a hint only fills the field. Not audited: nothing is decided yet.
    """
    now = timezone.now()
    required = requirements.required_user
    attempt = LoginAttempt(
        tenant_id=tenant.id,
        public_id=_public_id(tenant),
        browser_digest=browser_digest,
        face=face,
        client=client,
        user=required,
        identifier=required.username if required else "",
        has_identifier=required is not None,
        login_hint=login_hint[:254].replace("\x00", ""),
        must_prove_fresh=requirements.must_prove_fresh,
        max_age_seconds=requirements.max_age_seconds,
        required_user=required,
        acr_values=list(requirements.acr_values),
        resume_url=resume_url,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    _insert(attempt)
    return attempt


def find(*, tenant: Tenant, auth_req_id: str) -> LoginAttempt | None:
    """The attempt with its user and client, in one statement; whatever its state."""
    if not auth_req_id.isascii() or "\x00" in auth_req_id or len(auth_req_id) > _LONGEST_ID:
        return None
    return _BY_PUBLIC_ID.first(tenant=tenant.id, public_id=auth_req_id)


def tenant_id_in(auth_req_id: str) -> UUID | None:
    """Which tenant an `auth_req_id` says it belongs to: API paths do not name one."""
    encoded, separator, _ = auth_req_id.partition(".")
    if not separator or len(encoded) != _TENANT_PART or not auth_req_id.isascii():
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(encoded + "=="))
    except ValueError:
        return None


def facts_of(attempt: LoginAttempt, tenant: Tenant) -> plan.Facts:
    """What the plan needs to know of an attempt.

    A conversation of a machine has no page to type a mailed code on: what a person still owes is
    said beside its result and owed in their browser.
    """
    is_of_machine = not attempt.browser_digest
    return plan.Facts(
        has_identifier=attempt.has_identifier,
        methods=tuple(attempt.methods),
        is_verified=is_of_machine or attempt.user is None or attempt.user.is_verified,
        may_use_password=tenant.policy.password_enabled,
        is_picture_alone="swk" in attempt.amr and "pin" not in attempt.amr,
    )


def name_in_proofs(attempt: LoginAttempt) -> str:
    """The name given, as a page must write it into proofs that are bound to a name."""
    return unicodedata.normalize("NFC", attempt.identifier)


def may_be_renamed(attempt: LoginAttempt) -> bool:
    """Whether another name may be given: not where one person is required."""
    return attempt.required_user_id is None


def name(*, attempt: LoginAttempt, identifier: str, user: User | None) -> bool:
    """The attempt is about `user` from now on, and no proof made before counts."""
    attempt.identifier, attempt.user, attempt.has_identifier = identifier, user, True
    attempt.methods, attempt.amr, attempt.proved_at, attempt.failure = [], [], None, ""
    return _changed(attempt, _NAMED)


def advance(*, attempt: LoginAttempt) -> bool:
    """The proofs noted on the object are in the row, if it still is what they were made for."""
    attempt.failure = ""
    return _changed(attempt, _PROOFS, are_made_of=(attempt.user_id, attempt.methods[:-1]))


def take_over(*, attempt: LoginAttempt, proofs: Proofs) -> bool:
    """The attempt is about the proofs' person and holds the proofs; only if it held none."""
    attempt.user, attempt.identifier = proofs.user, proofs.user.username
    attempt.has_identifier, attempt.proved_at, attempt.failure = True, proofs.proved_at, ""
    attempt.methods, attempt.amr = list(proofs.methods), list(proofs.amr)
    return _changed(attempt, _NAMED, is_unproved=True)


def finish(*, attempt: LoginAttempt, session_id: UUID | None, is_by_proof: bool = True) -> bool:
    """Completed, by exactly one of those who try at the same time.

    By proof: only if the row is about the person of whom it was made. Else (an existing session is
    adopted) whoever was named does not matter.
    """
    attempt.state, attempt.session_id = AttemptState.COMPLETED, session_id
    attempt.finished_at, attempt.failure = timezone.now(), ""
    made_of = (attempt.user_id, None) if is_by_proof else None
    return _changed(attempt, (*_PROOFS, "user_id", *_END), are_made_of=made_of)


def close(*, attempt: LoginAttempt, state: AttemptState) -> bool:
    """No longer open."""
    attempt.state, attempt.finished_at = state, timezone.now()
    return _changed(attempt, ("state", "finished_at"))


def note_failure(*, attempt: LoginAttempt, code: str) -> None:
    """The page after the redirect can tell what was wrong."""
    attempt.failure = code
    _changed(attempt, ("failure",))


def prune() -> None:
    """Attempts that expired an hour ago go, and what hangs on them with them (the database
    cascades); up to 20,000 a turn. Runs in the platform's scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM login_loginattempt WHERE id IN (
                SELECT id FROM login_loginattempt WHERE expires_at < %s LIMIT 20000)
            """,
            [timezone.now() - timedelta(hours=1)],
        )


def _insert(attempt: LoginAttempt) -> None:
    # By hand: each arrival of a browser makes one, and the ORM costs three times the statement.
    fields = LoginAttempt._meta.concrete_fields
    columns = ", ".join(str(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO login_loginattempt ({columns}) VALUES ({places})",  # noqa: S608
            [getattr(attempt, field.attname) for field in fields],
        )
    attempt._state.adding, attempt._state.db = False, connection.alias  # noqa: SLF001 - as `save`


def _changed(
    attempt: LoginAttempt,
    columns: tuple[str, ...],
    *,
    are_made_of: tuple[UUID | None, list[str] | None] | None = None,
    is_unproved: bool = False,
) -> bool:
    """The row takes `columns` from the object, if it is open and unexpired; False if it is not.

    `are_made_of`: and if it still is about that person, with those proofs (None: any). A proof
    counts for whom it was made: another tab may have given another name meanwhile. One statement,
    by hand: a sign-in makes three of these.
    """
    conditions = ["tenant_id = %s", "id = %s", "state = 'open'", "expires_at > %s"]
    values: list[Any] = [attempt.tenant_id, attempt.pk, timezone.now()]
    if are_made_of is not None:
        person, proofs = are_made_of
        conditions.append("user_id IS NOT DISTINCT FROM %s::uuid")
        values.append(person)
        if proofs is not None:
            conditions.append("methods = %s::varchar[]")
            values.append(proofs)
    if is_unproved:
        conditions.append("methods = '{}'")
    settings = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE login_loginattempt SET {settings} WHERE {' AND '.join(conditions)}",  # noqa: S608
            [*(getattr(attempt, column) for column in columns), *values],
        )
        return bool(cursor.rowcount == 1)


def _public_id(tenant: Tenant) -> str:
    owner = base64.urlsafe_b64encode(tenant.id.bytes).rstrip(b"=").decode()
    return f"{owner}.{unguessable(18)}"  # 144 random bits; the contract asks for 128
