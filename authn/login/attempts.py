"""Rows of attempts: begun, found, and changed by statements that name what they were read as.

Only the pipeline calls what changes a row.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from authn.login import plan
from authn.login.models import AttemptState, LoginAttempt
from authn.login.requirements import Requirements
from identity.kernel.identifiers import unguessable
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.users.models import User

LIFETIME: Final = timedelta(minutes=10)  # contract 7.3
PAGE: Final = "page"
_ANYBODY: Final = Requirements()
_LONGEST_ID: Final = 64
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
    attempt.save(force_insert=True)
    return attempt


def find(*, tenant: Tenant, auth_req_id: str) -> LoginAttempt | None:
    """The attempt with its user and client, in one statement; whatever its state."""
    if not auth_req_id.isascii() or "\x00" in auth_req_id or len(auth_req_id) > _LONGEST_ID:
        return None
    return (
        LoginAttempt.objects.filter(tenant_id=tenant.id, public_id=auth_req_id)
        .select_related("user", "client")
        .first()
    )


def tenant_id_in(auth_req_id: str) -> UUID | None:
    """Which tenant an `auth_req_id` says it belongs to: API paths do not name one."""
    encoded, separator, _ = auth_req_id.partition(".")
    if not separator or len(encoded) != _TENANT_PART or not auth_req_id.isascii():
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(encoded + "=="))
    except ValueError:
        return None


def facts_of(attempt: LoginAttempt) -> plan.Facts:
    """What the plan needs to know of an attempt.

    A conversation of a machine has no page to type a mailed code on: what a person still owes is
    said beside its result and owed in their browser.
    """
    is_of_machine = not attempt.browser_digest
    return plan.Facts(
        has_identifier=attempt.has_identifier,
        methods=tuple(attempt.methods),
        is_verified=is_of_machine or attempt.user is None or attempt.user.is_verified,
    )


def may_be_renamed(attempt: LoginAttempt) -> bool:
    """Whether another name may be given: not where one person is required."""
    return attempt.required_user_id is None


def name(*, attempt: LoginAttempt, identifier: str, user: User | None) -> bool:
    """The attempt is about `user` from now on, and no proof made before counts."""
    attempt.identifier, attempt.user, attempt.has_identifier = identifier, user, True
    attempt.methods, attempt.amr, attempt.proved_at, attempt.failure = [], [], None, ""
    return _changed(
        LoginAttempt.objects.filter(tenant_id=attempt.tenant_id, pk=attempt.pk),
        identifier=identifier,
        user=user,
        has_identifier=True,
        methods=[],
        amr=[],
        proved_at=None,
        failure="",
    )


def advance(*, attempt: LoginAttempt) -> bool:
    """The proofs noted on the object are in the row, if it still is what they were made for."""
    return _changed(
        _as_read(attempt, proofs_before=attempt.methods[:-1]),
        methods=attempt.methods,
        amr=attempt.amr,
        proved_at=attempt.proved_at,
        failure="",
    )


def take_over(*, attempt: LoginAttempt, proofs: Proofs) -> bool:
    """The attempt is about the proofs' person and holds the proofs; only if it held none."""
    is_taken = _changed(
        LoginAttempt.objects.filter(tenant_id=attempt.tenant_id, pk=attempt.pk, methods=[]),
        user=proofs.user,
        identifier=proofs.user.username,
        has_identifier=True,
        methods=list(proofs.methods),
        amr=list(proofs.amr),
        proved_at=proofs.proved_at,
        failure="",
    )
    if is_taken:
        attempt.user, attempt.identifier = proofs.user, proofs.user.username
        attempt.has_identifier, attempt.proved_at = True, proofs.proved_at
        attempt.methods, attempt.amr = list(proofs.methods), list(proofs.amr)
    return is_taken


def finish(*, attempt: LoginAttempt, session_id: UUID | None, is_by_proof: bool = True) -> bool:
    """Completed, by exactly one of those who try at the same time."""
    now = timezone.now()
    rows = LoginAttempt.objects.filter(tenant_id=attempt.tenant_id, pk=attempt.pk)
    if is_by_proof:
        rows = rows.filter(user=attempt.user_id)
    is_finished = _changed(
        rows,
        state=AttemptState.COMPLETED,
        session_id=session_id,
        user_id=attempt.user_id,
        methods=attempt.methods,
        amr=attempt.amr,
        proved_at=attempt.proved_at,
        failure="",
        finished_at=now,
    )
    if is_finished:
        attempt.state, attempt.session_id, attempt.finished_at = (
            AttemptState.COMPLETED,
            session_id,
            now,
        )
    return is_finished


def close(*, attempt: LoginAttempt, state: AttemptState) -> bool:
    """No longer open."""
    rows = LoginAttempt.objects.filter(tenant_id=attempt.tenant_id, pk=attempt.pk)
    is_closed = _changed(rows, state=state, finished_at=timezone.now())
    if is_closed:
        attempt.state = state
    return is_closed


def note_failure(*, attempt: LoginAttempt, code: str) -> None:
    """The page after the redirect can tell what was wrong."""
    attempt.failure = code
    _changed(LoginAttempt.objects.filter(tenant_id=attempt.tenant_id, pk=attempt.pk), failure=code)


def prune() -> None:
    """Attempts that expired a day ago go, and their tickets and requests with them; up to 20,000 a
    turn. Runs in the platform's scope. A day, so that a late return finds "expired" and no gap."""
    before = timezone.now() - timedelta(days=1)
    old = LoginAttempt.objects.filter(expires_at__lt=before).values_list("pk", flat=True)
    LoginAttempt.objects.filter(pk__in=list(old[:20_000])).delete()


def _as_read(attempt: LoginAttempt, *, proofs_before: list[str]) -> Any:
    # A proof counts for the person it was made for: another tab may have given another name.
    return LoginAttempt.objects.filter(
        tenant_id=attempt.tenant_id,
        pk=attempt.pk,
        user=attempt.user_id,
        methods=proofs_before,
    )


def _changed(rows: Any, **values: Any) -> bool:
    """One UPDATE of an open, unexpired row; False if there was none."""
    return bool(
        rows.filter(state=AttemptState.OPEN, expires_at__gt=timezone.now()).update(**values)
    )


def _public_id(tenant: Tenant) -> str:
    owner = base64.urlsafe_b64encode(tenant.id.bytes).rstrip(b"=").decode()
    return f"{owner}.{unguessable(18)}"  # 144 random bits; the contract asks for 128
