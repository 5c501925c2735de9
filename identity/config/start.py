"""The page at the root: where to go from here. Only the development settings tell names."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """In production a stranger learns only that this is an identity server."""
    return render(request, "start.html", {"links": _links()})


@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    """What signing in with a picture protects people against, and what not."""
    return render(request, "security/image_login.html")


def _links() -> list[dict[str, str]]:
    if not settings.HAS_DEVELOPMENT_PAGES:
        return []
    return [
        {
            "title": _("Console"),
            "description": _("For operators and tenant administrators"),
            "url": "/console/",
            "icon": "shield",
        },
        {
            "title": _("Your account"),
            "description": _("A person's own pages in the demo tenant"),
            "url": "/account/demo/",
            "icon": "user",
        },
        {
            "title": _("Demo application"),
            "description": _("Sign in there, see what it learns"),
            "url": settings.DEMO_URL,
            "icon": "link",
        },
        {
            "title": _("Mail"),
            "description": _("What this server would have sent"),
            "url": "/dev/mail",
            "icon": "mail",
        },
    ]
