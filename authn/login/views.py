"""The door for browsers: a form in, one answer to the pipeline, a page out.

Every page belongs to one attempt (`auth_req_id`), which belongs to one browser. A POST ends in a
redirect to the page that is owed, or in the refusal itself (429).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authn.authenticators import web_origins
from authn.blocking import device_cookies
from authn.login import attempts, browser, completion, destinations, handoff, pages, pipeline, plan
from authn.login import requirements as wanted
from authn.login.forms import CodeForm, IdentifierForm, ImageForm, PasswordForm
from authn.login.models import AttemptState, LoginAttempt
from authn.login.outcomes import Completed, Expired, Failed, Next, Outcome, Proven, Stopped
from authn.login.step import WEB_ORIGIN
from authn.sessions import cookies
from authn.sessions.models import LoginSession
from identity.kernel.client_events import origin_of
from tenants.registry.models import Tenant
from tenants.registry.scoping import TenantRequest, in_tenant

_FORMS: Final[dict[str, type[forms.Form]]] = {
    plan.IDENTIFIER: IdentifierForm,
    plan.PASSWORD: PasswordForm,
    plan.IMAGE: ImageForm,
    plan.EMAIL: CodeForm,
}
_PREFETCH: Final = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")
View = Callable[..., HttpResponse]


def is_prefetch(request: HttpRequest) -> bool:
    """A request that nobody meant yet: it consumes and begins nothing (contract 2.5)."""
    return request.method == "HEAD" or any(
        "prefetch" in request.META.get(header, "").lower() for header in _PREFETCH
    )


def of_attempt(view: View) -> Any:
    """Give a view its attempt, if this browser began it; else the page that says what is wrong.

    A finished attempt leads where it led before, so that going back is harmless.
    """

    @never_cache
    @in_tenant
    @wraps(view)
    def with_attempt(request: TenantRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        attempt = attempts.find(
            tenant=request.tenant, auth_req_id=request.GET.get("auth_req_id", "")
        )
        if attempt is None:
            return pages.expired(request, None)
        if not browser.owns(request, attempt):
            return pages.foreign(request)
        if attempt.state == AttemptState.COMPLETED:
            if attempt.client_id is None and attempt.resume_url:
                return handoff.see_other(attempt.resume_url)
            return pages.signed_in(request)
        if not attempt.is_open:
            return pages.expired(request, attempt)
        return view(request, attempt, *args, **kwargs)

    return with_attempt


@require_safe
def start(request: HttpRequest, **kwargs: Any) -> Any:
    """`/sign-in/<slug>/`: the page that is owed in `auth_req_id`, or an attempt of its own."""
    view = show if "auth_req_id" in request.GET else begin
    return view(request, **kwargs)


@never_cache
@in_tenant
def begin(request: TenantRequest) -> HttpResponse:
    """The tenant's own sign-in page: an attempt without a client, which leads to the account."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    attempt = attempts.begin(
        tenant=request.tenant,
        browser_digest=browser.digest_of(request),
        resume_url=destinations.chosen(request, request.tenant),
    )
    response = handoff.see_other(pages.url_of(attempt, request.tenant))
    browser.ensure(request, response)
    return response


@of_attempt
def show(request: TenantRequest, attempt: LoginAttempt) -> HttpResponse:
    """The entrance: accounts of this browser first, then the name.

    Going back to it with a name given and nothing proved yet offers to give another one.
    """
    owed = pipeline.current(attempt, request.tenant)
    if owed is None:
        return pages.expired(request, attempt)
    if owed == plan.IDENTIFIER and (sessions := _offered(request, attempt)):
        return pages.accounts(request, attempt, sessions)
    if owed == plan.IDENTIFIER or (attempts.may_be_renamed(attempt) and not attempt.methods):
        return pages.step(request, attempt, plan.IDENTIFIER)
    return handoff.see_other(pages.url_of(attempt, request.tenant, owed))


@require_http_methods(["GET", "HEAD", "POST"])
@of_attempt
def step(request: TenantRequest, attempt: LoginAttempt, *, name: str) -> HttpResponse:
    """One step: its page, or an answer to it."""
    tenant = request.tenant
    if request.method != "POST":
        is_renaming = name == plan.IDENTIFIER and attempts.may_be_renamed(attempt)
        owed = pipeline.choices(attempt, tenant)
        if name not in owed and not is_renaming:
            return handoff.see_other(pages.url_of(attempt, tenant, owed[0] if owed else ""))
        return pages.step(request, attempt, name)
    form = _FORMS[name](request.POST)
    if not form.is_valid():
        return pages.step(request, attempt, name, form=form, status=400)
    held = cookies.sessions_of(request, tenant)
    outcome = pipeline.answer(
        tenant=tenant,
        attempt=attempt,
        step=name,
        data={**form.cleaned_data, WEB_ORIGIN: _web_origin(request)},
        origin=origin_of(request),
        device=_device(request, attempt),
        held=held,
    )
    return answered(request, attempt, name, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
@of_attempt
def resend(request: TenantRequest, attempt: LoginAttempt) -> HttpResponse:
    """A new letter, as often as the step allows."""
    if request.method == "POST":
        pipeline.resend(tenant=request.tenant, attempt=attempt)
    owed = pipeline.current(attempt, request.tenant)
    return handoff.see_other(pages.url_of(attempt, request.tenant, owed or ""))


@require_http_methods(["GET", "HEAD", "POST"])
@of_attempt
def account(request: TenantRequest, attempt: LoginAttempt) -> HttpResponse:
    """Continue as somebody who is signed in in this browser."""
    tenant = request.tenant
    if request.method != "POST":
        # Where "load the page anew" after a stale form leads.
        return handoff.see_other(pages.url_of(attempt, tenant))
    held = cookies.sessions_of(request, tenant)
    wished = request.POST.get("account", "")
    session = next((each for each in held if str(each.id) == wished), None)
    if session is None:
        return handoff.see_other(pages.url_of(attempt, tenant))
    if not completion.adopt(
        tenant=tenant, attempt=attempt, session=session, origin=origin_of(request)
    ):
        # Not good enough (too old, too weak): the same person proves again.
        outcome = pipeline.answer(
            tenant=tenant,
            attempt=attempt,
            step=plan.IDENTIFIER,
            data={"identifier": session.user.username},
            origin=origin_of(request),
        )
        return answered(request, attempt, plan.IDENTIFIER, outcome)
    response = _onward(request, attempt)
    cookies.activate(response, request, tenant, session=session, held=held)
    return response


@require_safe
@of_attempt
def cancel(request: TenantRequest, attempt: LoginAttempt) -> HttpResponse:
    """Back to the client, which is told that nobody signed in."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    pipeline.cancel(tenant=request.tenant, attempt=attempt, origin=origin_of(request))
    return handoff.see_other(attempt.resume_url or pages.home(request.tenant))


@never_cache
@require_safe
@in_tenant
def signed_out(request: TenantRequest) -> HttpResponse:
    """The page after signing out."""
    return pages.logged_out(request)


def answered(
    request: TenantRequest, attempt: LoginAttempt, name: str, outcome: Outcome
) -> HttpResponse:
    """The pages' wording of every outcome."""
    tenant = request.tenant
    match outcome:
        case Next(step=owed):
            return handoff.see_other(pages.url_of(attempt, tenant, owed))
        case Failed():
            return handoff.see_other(pages.url_of(attempt, tenant, name))
        case Stopped(retry_after_seconds=seconds):
            return pages.blocked(request, attempt, seconds)
        case Completed():
            return _completed(request, tenant, outcome)
        case Expired():
            return pages.expired(request, attempt)
        case Proven():
            raise RuntimeError("a page does not make tickets")


def _completed(request: HttpRequest, tenant: Tenant, done: Completed) -> HttpResponse:
    user = done.opened.session.user
    # A token planted before the sign-in must not be good for forms after it (SE01).
    rotate_token(request)
    response = _onward(request, done.attempt)
    cookies.remember(response, request, tenant, opened=done.opened, others=done.others)
    cookies.write_device(response, tenant, device_cookies.issue(tenant=tenant, user=user))
    return response


def _onward(request: HttpRequest, attempt: LoginAttempt) -> HttpResponse:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    url = attempt.resume_url or destinations.account_url(tenant)
    # Without a client the way ends at a page of ours.
    return handoff.leave(request, url) if attempt.client_id else handoff.see_other(url)


def _device(request: HttpRequest, attempt: LoginAttempt) -> str:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    value = cookies.device_of(request, tenant)
    return device_cookies.read(tenant=tenant, user=attempt.user, value=value) if value else ""


def _web_origin(request: TenantRequest) -> str:
    return web_origins.accepted(request.tenant, request.META.get("HTTP_ORIGIN")) or ""


def _offered(request: TenantRequest, attempt: LoginAttempt) -> list[LoginSession]:
    """Sessions of this browser that would do."""
    asked = wanted.of(attempt)
    if asked.must_prove_fresh:
        return []
    return [each for each in cookies.sessions_of(request, request.tenant) if asked.are_met_by(each)]
