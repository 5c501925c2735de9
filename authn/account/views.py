"""A person's own pages: overview, sessions, connected applications, signing out."""

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from authn.account import pages
from authn.account.gate import AccountRequest, signed_in
from authn.login import handoff
from authn.login import pages as login_pages
from authn.sessions import cookies, lifecycle
from authn.sessions.models import EndReason, LoginSession
from oidc.consents import consenting
from oidc.consents.models import Consent

_PAGE_SIZE: Final = 50
# A link can carry only the name of a notice, never its text.
_NOTICES: Final[dict[str, Any]] = {
    "ended": _("The session was ended."),
    "others": _("All other sessions were ended."),
    "disconnected": _("The application was disconnected."),
}


@require_safe
@signed_in
def overview(request: AccountRequest) -> HttpResponse:
    """`/account/<slug>/`."""
    live = [row for row in _live(request) if lifecycle.is_live(row, request.tenant)]
    context = pages.frame(request, "") | {
        "session_count": len(live),
        "app_count": _consents(request).count(),
        "last_sign_in": pages.session(live[0], request.login_session) if live else None,
        "sessions_url": pages.url(request, "sessions"),
        "apps_url": pages.url(request, "apps"),
        "methods": pages.methods(request.person),
        "attention": _attention(request),
    }
    return render(request, "account/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def sessions(request: AccountRequest) -> HttpResponse:
    """Where the person is signed in; ending one, or all others."""
    if request.method == "POST":
        return _end_sessions(request)
    live = [row for row in _live(request) if lifecycle.is_live(row, request.tenant)]
    context = pages.frame(request, "sessions") | {
        "sessions": pages.sessions(live, request.login_session),
        "notice": _NOTICES.get(request.GET.get("done", ""), ""),
    }
    return render(request, "account/sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def apps(request: AccountRequest) -> HttpResponse:
    """Applications that know the person; disconnecting one."""
    if request.method == "POST":
        wished = request.POST.get("client", "")[:255].replace("\x00", "")
        consent = _consents(request).filter(client__client_id=wished).first()
        if consent is not None:
            consenting.withdraw(user=request.person, client=consent.client, actor=request.actor)
        return handoff.see_other(pages.url(request, "apps?done=disconnected"))
    context = pages.frame(request, "apps") | {
        "apps": pages.apps(_consents(request)[:_PAGE_SIZE]),
        "notice": _NOTICES.get(request.GET.get("done", ""), ""),
    }
    return render(request, "account/apps.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def sign_out(request: AccountRequest) -> HttpResponse:
    """The session of this page ends; other accounts of this browser stay. A link does nothing."""
    if request.method != "POST":
        return handoff.see_other(pages.url(request))
    current = request.login_session
    lifecycle.end(session=current, reason=EndReason.SIGNED_OUT, actor=request.actor)
    rotate_token(request)
    response = handoff.see_other(f"{login_pages.home(request.tenant)}signed-out")
    left = [each for each in request.held if each.pk != current.pk]
    cookies.forget(response, request, request.tenant, left=left)
    return response


def _end_sessions(request: AccountRequest) -> HttpResponse:
    if request.POST.get("others"):
        lifecycle.end_all(
            user=request.person,
            reason=EndReason.ENDED_BY_OWNER,
            actor=request.actor,
            but=request.login_session,
        )
        return handoff.see_other(pages.url(request, "sessions?done=others"))
    wished = _uuid(request.POST.get("session", ""))
    row = _live(request).filter(pk=wished).first() if wished else None
    if row is not None:
        lifecycle.end(session=row, reason=EndReason.ENDED_BY_OWNER, actor=request.actor)
    return handoff.see_other(pages.url(request, "sessions?done=ended"))


def _live(request: AccountRequest) -> QuerySet[LoginSession]:
    person = request.person
    rows = LoginSession.objects.filter(tenant_id=person.tenant_id, user_id=person.id)
    return rows.live().order_by("-created_at", "-id")


def _consents(request: AccountRequest) -> QuerySet[Consent]:
    person = request.person
    rows = Consent.objects.filter(tenant_id=person.tenant_id, user_id=person.id)
    return rows.select_related("client").order_by("-given_at", "-id")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _attention(request: AccountRequest) -> list[dict[str, Any]]:
    if request.person.is_verified:
        return []
    return [
        {
            "title": _("Your e-mail address is not confirmed"),
            "text": _("You will be asked for a code at your next sign-in."),
        }
    ]
