"""The console: Django's admin site with our door, our navigation and nothing that bypasses commands."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from identity.console import panels
from identity.console.door import NotAllowed, SignIn, Visitor, keeper, visitor_of
from identity.console.notices import Notices
from identity.console.sections import Section
from identity.kernel.errors import Forbidden, NotFound

View = Callable[..., HttpResponseBase]
# Pages of the stock site that would sign in, change passwords or read rows on a way of their own.
_LEFT_OUT: Final = frozenset(
    {
        *("login", "logout", "password_change", "password_change_done"),
        *("autocomplete", "view_on_site", "jsi18n"),
    }
)
# Pop-ups and foreign target fields are for widgets that the console does not use (AD10).
_UNUSED: Final = ("_popup", "_to_field", "_saveasnew")


class ConsoleSite(admin.AdminSite):
    """Every page runs in the visitor's scope, rendered there too, and asks the door each time."""

    site_title = gettext_lazy("Signet console")
    site_header = gettext_lazy("Signet console")
    index_title = gettext_lazy("Today")
    index_template = "console/start.html"
    site_url = None
    enable_nav_sidebar = True
    empty_value_display = "–"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")
        self._history: Callable[[Model], str] | None = None

    def tell_history(self, url_of: Callable[[Model], str]) -> None:
        """The room that remembers says where what happened to an object is shown."""
        self._history = url_of

    def history_of(self, obj: Model) -> str:
        """Where what happened to `obj` is shown; empty without such a room."""
        return self._history(obj) if self._history and isinstance(obj.pk, UUID) else ""

    def has_permission(self, request: HttpRequest) -> bool:
        """True once the door let this request in."""
        return hasattr(request, "visitor")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """A view behind the door; never cached, never without the CSRF check."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            door = keeper()
            match door.admit(request):
                case SignIn(url=url):
                    return HttpResponseRedirect(url)
                case NotAllowed() as refused:
                    return render(request, "console/not_allowed.html", {"who": refused}, status=403)
                case Visitor() as visitor:
                    request.visitor = visitor  # type: ignore[attr-defined]
            if any(name in request.GET or name in request.POST for name in _UNUSED):
                raise BadRequest("This parameter does not exist here")
            notices = Notices(request)
            request._messages = notices  # type: ignore[attr-defined]  # noqa: SLF001 - Django's place
            with door.within(visitor):
                response = _answered(view, request, *args, **kwargs)
                if isinstance(response, StreamingHttpResponse) and not response.is_async:
                    content: Any = response.streaming_content
                    response.streaming_content = door.carried(content)
            notices.update(response)
            return response

        return never_cache(csrf_protect(guarded))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The stock pages that remain."""
        return [url for url in super().get_urls() if getattr(url, "name", "") not in _LEFT_OUT]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page is given."""
        return {
            **super().each_context(request),
            "visitor": visitor_of(request),
            "home_url": reverse("admin:index"),
        }

    def get_log_entries(self, request: HttpRequest) -> Any:
        """The stock admin keeps no log here."""
        return ()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The navigation: sections instead of Django's applications."""
        visitor = visitor_of(request)
        models = [
            model
            | {
                "section": self._registry[model["model"]].section,  # type: ignore[attr-defined]
                "name": self._registry[model["model"]].called(visitor),  # type: ignore[attr-defined]
            }
            for application in self._build_app_dict(request, app_label).values()
            for model in application["models"]
        ]
        return [
            {
                "name": section.title,
                "app_label": section.value,
                "app_url": reverse("admin:index"),
                "has_module_perms": True,
                "models": sorted(found, key=lambda model: str(model["name"])),
            }
            for section in Section
            if (found := [model for model in models if model["section"] is section])
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The start page: what each room has to tell at a glance."""
        drawn = panels.drawn(visitor_of(request))
        return super().index(request, {"panels": drawn, **(extra_context or {})})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Applications are no places here: the start page."""
        return self.index(request, extra_context)


def _answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """The answer, complete: what is drawn late would be drawn outside the scope."""
    try:
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
    except NotFound as error:
        raise Http404(error.detail) from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    return response


site = ConsoleSite()


def verbose(model: type[Model]) -> str:
    """A model's name, plural, as the console writes it."""
    name = gettext(str(model._meta.verbose_name_plural))
    return name[:1].upper() + name[1:]
