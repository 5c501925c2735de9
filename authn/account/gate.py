"""Who a person is on their own pages: the active session of this browser, or the sign-in page."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from authn.login import handoff, pages
from authn.login.completion import actor_of
from authn.sessions import cookies, lifecycle
from authn.sessions.models import LoginSession
from identity.kernel.actors import Actor
from identity.kernel.client_events import origin_of
from tenants.registry.scoping import TenantRequest, in_tenant
from tenants.users.models import User


class AccountRequest(TenantRequest):
    """A request inside `signed_in`: what the type checker is told, no class of its own."""

    login_session: LoginSession
    held: list[LoginSession]
    person: User
    actor: Actor


def signed_in(view: Callable[..., HttpResponse]) -> Any:
    """Run a view for the person of this browser's active session; others sign in and come back.

    A form sent without a session leads to the sign-in page too: what it would have done is lost,
    which is better than doing it for whoever signs in next (SE08).
    """

    @never_cache
    @in_tenant
    @wraps(view)
    def gated(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        held = cookies.sessions_of(request, request.tenant)
        if not held:
            query = {"next": request.get_full_path()} if request.method == "GET" else {}
            home = pages.home(request.tenant)
            return handoff.see_other(f"{home}?{urlencode(query)}" if query else home)
        origin = origin_of(request)
        request.held, request.login_session = held, held[0]
        request.person = held[0].user
        request.actor = actor_of(request.person, origin)
        lifecycle.touch(session=held[0], tenant=request.tenant, origin=origin)
        return view(request, *args, **kwargs)

    return gated
