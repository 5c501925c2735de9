"""The way in for administrators of a tenant (which tenant's session the console is to use), and out."""

import re
from typing import Final

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from identity.console.door import keeper

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{1,62}")


@never_cache
@require_safe
def enter(_request: HttpRequest, slug: str) -> HttpResponseRedirect:
    """From now on the session at this tenant counts; without one its sign-in page follows.

    Nothing is proved or given away here: the cookie is a preference.
    """
    if _SLUG.fullmatch(slug) is None:
        raise Http404("No such tenant")
    response = HttpResponseRedirect(reverse("admin:index"))
    keeper().select(response, slug)
    return response


@never_cache
@require_POST
@csrf_protect
def leave(request: HttpRequest) -> HttpResponseBase:
    """Sign out of the tenant whose session the console uses; also for whom it is not open."""
    return keeper().leave(request)
