"""What the sign-in pages are given. The contract with `templates/login/`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authn.login import attempts, destinations, plan, registration
from authn.login.forms import CodeForm, IdentifierForm, PasswordForm
from authn.login.models import LoginAttempt
from authn.sessions.models import LoginSession
from tenants.registry.models import Tenant

# Total: each code that a step may refuse with (a test walks them).
NOTICES: Final[Mapping[str, Any]] = {
    "wrong_credentials": _("The name and the password do not belong together."),
    "wrong_picture": _("Picture, PIN or pattern is wrong."),
    "bad_identifier": _("Enter your e-mail address or username as you know it."),
    "stale_form": _("This page had grown old, so nothing was sent. Enter it once more."),
    "wrong_code": _("This code is not right, or no longer. You can have a new one sent."),
}


def home(tenant: Tenant) -> str:
    """The tenant's own sign-in page."""
    return f"/sign-in/{tenant.slug}/"


def url_of(attempt: LoginAttempt, tenant: Tenant, page: str = "") -> str:
    """The address of one page of an attempt."""
    return f"{home(tenant)}{page}?auth_req_id={quote(attempt.public_id)}"


def register_url(attempt: LoginAttempt, tenant: Tenant) -> str:
    """Where somebody without an account makes one and goes on with the attempt."""
    return f"/register/{tenant.slug}/?auth_req_id={quote(attempt.public_id)}"


def step(
    request: HttpRequest,
    attempt: LoginAttempt,
    name: str,
    *,
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the step `name`."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    failure = "stale_form" if "stale" in request.GET else attempt.failure
    context = _context(attempt, tenant) | {
        "action": url_of(attempt, tenant, name),
        "notice": NOTICES.get(failure, "") if form is None else "",
    }
    match name:
        case plan.PASSWORD:
            context["form"] = form or PasswordForm()
            if not attempt.methods:
                context["image_url"] = url_of(attempt, tenant, plan.IMAGE)
            if attempt.required_user_id is None:
                context["change_url"] = url_of(attempt, tenant, plan.IDENTIFIER)
        case plan.IMAGE:
            context |= _image_step(attempt, tenant)
        case plan.EMAIL:
            context["form"] = form or CodeForm()
            context["email"] = attempt.user.email if attempt.user else ""
            context["resend_url"] = url_of(attempt, tenant, "resend")
        case _:
            hint = attempt.identifier or attempt.login_hint
            context["form"] = form or IdentifierForm(initial={"identifier": hint})
    return render(request, f"login/{name}.html", context, status=status)


def accounts(
    request: HttpRequest, attempt: LoginAttempt, sessions: Sequence[LoginSession]
) -> HttpResponse:
    """Continue with a session of this browser, or with another account."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    picks = [
        {"name": each.user.display, "email": each.user.email, "key": str(each.id)}
        for each in sessions
    ]
    context = _context(attempt, tenant) | {"action": url_of(attempt, tenant, "account")}
    if attempt.required_user_id is None:
        context["another_url"] = url_of(attempt, tenant, plan.IDENTIFIER)
    if len(picks) == 1:
        return render(request, "login/continue.html", context | {"account": picks[0]})
    return render(request, "login/choose_account.html", context | {"accounts": picks})


def blocked(request: HttpRequest, attempt: LoginAttempt, retry_after_seconds: int) -> HttpResponse:
    """429 with Retry-After, right and wrong answers alike."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    context = _context(attempt, tenant) | {
        "retry_after": retry_after_seconds,
        "retry_at": timezone.now() + timedelta(seconds=retry_after_seconds),
        "action": url_of(attempt, tenant),
    }
    response = render(request, "login/blocked.html", context, status=429)
    response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def expired(request: HttpRequest, attempt: LoginAttempt | None) -> HttpResponse:
    """The attempt is too old or never was: one answer for both."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    client = attempt.client if attempt else None
    restart_url = (client.client_uri or None) if client else home(tenant)
    context = {"tenant": tenant, "client": client, "restart_url": restart_url}
    return render(request, "login/expired.html", context, status=410)


def foreign(request: HttpRequest) -> HttpResponse:
    """Another browser's attempt: nothing of it is shown (AZ25)."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    context = {"tenant": tenant, "restart_url": home(tenant)}
    return render(request, "login/foreign.html", context, status=403)


def signed_in(request: HttpRequest) -> HttpResponse:
    """Reached by going back: this sign-in is done."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    context = {"tenant": tenant, "account_url": destinations.account_url(tenant)}
    return render(request, "login/signed_in.html", context)


def logged_out(request: HttpRequest) -> HttpResponse:
    """After signing out here."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    context = {"tenant": tenant, "sign_in_url": home(tenant)}
    return render(request, "login/logged_out.html", context)


def image(attempt: LoginAttempt, tenant: Tenant) -> dict[str, Any]:
    """What the script of a picture's page must know of the attempt and of the tenant's wishes."""
    return {
        "auth_req_id": attempt.public_id,
        "username": attempts.name_in_proofs(attempt),
        **wishes(tenant),
    }


def wishes(tenant: Tenant) -> dict[str, Any]:
    """How the tenant wants pictures to be used; sizes of 0 are "not used"."""
    policy = tenant.policy
    return {
        "pin_size": policy.pin_size if policy.use_pin else 0,
        "pattern_size": policy.pattern_size if policy.use_pattern else 0,
        "login_order": list(policy.login_order),
        "show_pin": policy.show_pin_when_typing,
        "needs_liveness": policy.use_liveness or policy.use_face_recognition,
    }


def _image_step(attempt: LoginAttempt, tenant: Tenant) -> dict[str, Any]:
    """For `login/image.html`: what the script must know, and the other ways on."""
    context: dict[str, Any] = {
        "image": image(attempt, tenant),
        "recover_url": f"/recover/{tenant.slug}/?auth_req_id={quote(attempt.public_id)}",
    }
    if tenant.policy.password_enabled:
        context["password_url"] = url_of(attempt, tenant, plan.PASSWORD)
    if attempt.required_user_id is None:
        context["change_url"] = url_of(attempt, tenant, plan.IDENTIFIER)
    return context


def _context(attempt: LoginAttempt, tenant: Tenant) -> dict[str, Any]:
    client = attempt.client
    context: dict[str, Any] = {
        "tenant": tenant,
        "client": client,
        "identifier": attempt.identifier,
        "is_register_enabled": registration.is_open(tenant=tenant, client=client),
        "register_url": register_url(attempt, tenant),
        "help_links": [],
    }
    if client is not None and attempt.resume_url:
        context["cancel_url"] = url_of(attempt, tenant, "cancel")
    return context
