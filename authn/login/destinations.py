"""Where the tenant's own sign-in page leads afterwards: to pages of ours, whatever `next=` says."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest

from tenants.registry.models import Tenant

_MAX_CHARACTERS: Final = 400
# A path of ours and a plain query. No backslash, no control, no second slash: browsers read those
# as other origins (WB05).
_FORM: Final = re.compile(r"/[A-Za-z0-9_~.-]+(?:/[A-Za-z0-9_~.-]+)*/?(?:\?[A-Za-z0-9_~.=&%+-]*)?")


def account_url(tenant: Tenant) -> str:
    """The tenant's account pages."""
    return f"/account/{tenant.slug}/"


def chosen(request: HttpRequest, tenant: Tenant) -> str:
    """What `next` asks for, if it is a page that a sign-in at this tenant may lead to; else the
    account page. Never another tenant, another origin, or an address that does something (WB06).
    """
    given = request.GET.getlist("next")
    default = account_url(tenant)
    if len(given) != 1 or len(given[0]) > _MAX_CHARACTERS or not _FORM.fullmatch(given[0]):
        return default
    path = unquote(urlsplit(given[0]).path)
    if ".." in path or "//" in path or "logout" in path or "sign-out" in path:
        return default
    return given[0] if path.startswith((default, "/console/")) else default
