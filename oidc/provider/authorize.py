"""The authorization endpoint: the only dispatcher (OpenID Connect Core §3.1.2).

arrive → signed in? → allowed? → code. Each arrow is judged here and nowhere else; a person who must
be asked something leaves an `AuthorizationRequest` behind and comes back to `resume`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from authn.login import attempts, browser
from authn.login.models import AttemptState, LoginAttempt
from authn.login.requirements import Requirements
from authn.login.views import is_prefetch
from authn.sessions import cookies, lifecycle
from authn.sessions.models import LoginSession
from identity.kernel.client_events import origin_of
from identity.kernel.identifiers import uuid7
from identity.tenancy.prepared import insert
from oidc.consents import consenting
from oidc.provider import answering, checks, codes, errors, parameters, waiting
from oidc.provider.errors import AuthorizationError, Unusable
from oidc.provider.issuer import issuer_of, page
from oidc.provider.models import AuthorizationRequest, RequestState
from oidc.provider.parameters import Malformed
from oidc.provider.request import Asked, read
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.registry.scoping import in_tenant
from tenants.users.models import User

LIFETIME: Final = timedelta(minutes=10)  # contract 7.3


@csrf_exempt
@require_http_methods(["GET", "POST"])
@in_tenant(on_missing=errors.no_tenant_page)
def authorize(request: Any) -> HttpResponse:
    """A client sends a browser here (§3.1.2.1)."""
    tenant: Tenant = request.tenant
    if is_prefetch(request):
        return answering.nothing()
    try:
        asked = read(tenant, parameters.of_either(request))
    except Malformed as problem:
        return errors.page(
            request, tenant=tenant, code="invalid_request", reason=problem.description
        )
    try:
        checks.run(asked)
        if request.method == "POST":
            return _by_get(asked)
        return _arrived(request, asked, client_of(asked))
    except Unusable as problem:
        return errors.page(request, tenant=tenant, code=problem.code, reason=problem.reason)
    except AuthorizationError as problem:
        return answering.error(tenant, asked, problem)


@require_http_methods(["GET"])
@in_tenant
def resume(request: Any) -> HttpResponse:
    """The sign-in is over, one way or the other; the same browser comes back."""
    tenant: Tenant = request.tenant
    if is_prefetch(request):
        return answering.nothing()
    row = waiting.of(request)
    if isinstance(row, HttpResponse):
        return row
    attempt = row.attempt
    if attempt is None:
        return answering.redirect(waiting.address(tenant, "consent", row))
    if attempt.state == AttemptState.CANCELLED:
        codes.close(row, RequestState.REFUSED)
        cancelled = AuthorizationError("access_denied", "The sign-in was cancelled")
        return answering.error(tenant, row, cancelled)
    if attempt.is_open:
        return answering.redirect(_sign_in_page(tenant, attempt))
    return _signed_in(request, row, attempt)


def client_of(asked: Asked) -> Client:
    """The client of a request that passed the checks."""
    if asked.client is None:
        raise Unusable("invalid_client", gettext("The application is not known here"))
    return asked.client


def _by_get(asked: Asked) -> HttpResponse:
    """A form of another site comes without our Lax cookies: ask the browser for the same by GET."""
    query = urlencode(asked.parameters.values)
    return answering.redirect(f"{issuer_of(asked.tenant)}/authorize?{query}")


def _arrived(request: Any, asked: Asked, client: Client) -> HttpResponse:
    tenant, origin = asked.tenant, origin_of(request)
    required = _required(asked)
    requirements = Requirements(
        must_prove_fresh="login" in asked.prompts,
        max_age_seconds=asked.max_age_seconds,
        required_user=required,
    )
    held = cookies.sessions_of(request, tenant)
    session = _fitting(held, requirements, asked.login_hint)
    is_consent_owed = session is not None and (
        "consent" in asked.prompts
        or consenting.is_needed(user=session.user, client=client, scopes=asked.scopes)
    )
    if "none" in asked.prompts:
        if session is None:
            raise AuthorizationError("login_required")
        if is_consent_owed:
            raise AuthorizationError("consent_required")
    elif session is None or "select_account" in asked.prompts:
        return _ask_to_sign_in(request, asked, client, requirements)
    lifecycle.touch(session=session, tenant=tenant, origin=origin)
    if is_consent_owed:
        row = _keep(asked, client, browser.digest_of(request), session=session)
        response = answering.redirect(waiting.address(tenant, "consent", row))
        browser.ensure(request, response)
        return response
    response_or_none = answering.code(
        tenant=tenant, client=client, wanted=asked, session=session, request=None, origin=origin
    )
    if response_or_none is None:
        raise AuthorizationError("server_error")
    return response_or_none


def _required(asked: Asked) -> User | None:
    """Whom an id_token_hint demands; nobody who could not sign in (AZ14)."""
    if asked.hinted_user_id is None:
        return None
    user = User.objects.of(asked.tenant).active().filter(pk=asked.hinted_user_id).first()
    if user is None:
        raise AuthorizationError("login_required")
    return user


def _fitting(
    held: Sequence[LoginSession], requirements: Requirements, login_hint: str
) -> LoginSession | None:
    """The session that answers for the person: the hinted account if it is here, else the active."""
    good = [session for session in held if requirements.are_met_by(session)]
    named = [s for s in good if login_hint and login_hint in {s.user.username, s.user.email}]
    return next(iter(named or good), None)


def _ask_to_sign_in(
    request: Any, asked: Asked, client: Client, requirements: Requirements
) -> HttpResponse:
    tenant, digest = asked.tenant, browser.digest_of(request)
    row_id = uuid7()
    # One commit, and never an attempt that leads to a request which does not exist.
    with transaction.atomic():
        attempt = attempts.begin(
            tenant=tenant,
            browser_digest=digest,
            client=client,
            requirements=Requirements(
                requirements.must_prove_fresh,
                requirements.max_age_seconds,
                requirements.required_user,
                asked.acr_values,
            ),
            login_hint=asked.login_hint,
            resume_url=f"{page(tenant, 'resume')}?request={row_id}",
        )
        _keep(asked, client, digest, attempt=attempt, row_id=row_id)
    response = answering.redirect(_sign_in_page(tenant, attempt))
    browser.ensure(request, response)
    return response


def _keep(
    asked: Asked,
    client: Client,
    browser_digest: bytes,
    *,
    attempt: LoginAttempt | None = None,
    session: LoginSession | None = None,
    row_id: Any = None,
) -> AuthorizationRequest:
    # The application's clock, which sign-in times are compared with; not the database's.
    now = timezone.now()
    return insert(
        AuthorizationRequest(
            id=row_id or uuid7(),
            tenant=asked.tenant,
            client=client,
            browser_digest=browser_digest,
            attempt=attempt,
            session=session,
            redirect_uri=asked.redirect_uri,
            scopes=list(asked.scopes),
            client_state=asked.client_state,
            nonce=asked.nonce,
            code_challenge=asked.code_challenge,
            prompts=sorted(asked.prompts),
            max_age_seconds=asked.max_age_seconds,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )


def _signed_in(request: Any, row: AuthorizationRequest, attempt: LoginAttempt) -> HttpResponse:
    held = cookies.sessions_of(request, row.tenant)
    session = waiting.still_held(row.tenant, held, attempt.session_id)
    if session is None or not _is_good(row, attempt, session):
        # Signed out meanwhile, replaced in another tab, or an old sign-in served again by the back
        # button (AZ12, SE08): this request ends here and nothing is issued.
        return waiting.expired(request)
    if "consent" in row.prompts or consenting.is_needed(
        user=session.user, client=row.client, scopes=row.scopes
    ):
        AuthorizationRequest.objects.filter(pk=row.pk).update(session=session)
        return answering.redirect(waiting.address(row.tenant, "consent", row))
    response = answering.code(
        tenant=row.tenant,
        client=row.client,
        wanted=row,
        session=session,
        request=row,
        origin=origin_of(request),
    )
    return response or waiting.expired(request)


def _is_good(row: AuthorizationRequest, attempt: LoginAttempt, session: LoginSession) -> bool:
    """The sign-in is the one that was asked for: person, and freshness counted from the request."""
    if attempt.required_user_id not in {None, session.user_id}:
        return False
    oldest: datetime | None = None
    if "login" in row.prompts:
        oldest = row.created_at
    elif row.max_age_seconds is not None:
        oldest = row.created_at - timedelta(seconds=row.max_age_seconds)
    return oldest is None or session.auth_time >= oldest


def _sign_in_page(tenant: Tenant, attempt: LoginAttempt) -> str:
    return f"/sign-in/{tenant.slug}/?{urlencode({'auth_req_id': attempt.public_id})}"
