"""The base of every page of the console: read-only unless it says otherwise, and what it changes,
it changes by commands."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from identity.console import deeds, extending
from identity.console.acting import Act, Done
from identity.console.door import Visitor, visitor_of
from identity.console.forms import CommandForm
from identity.console.listing import OWNER, KeysetChangeList
from identity.console.saving import SavedByCommand
from identity.console.sections import Section
from identity.console.site import ConsoleSite, verbose
from identity.console.tables import Table
from identity.console.tenants import TenantFilter
from identity.kernel.actors import Actor

_PAGE_ROWS: Final = 50


class CommandAdmin(SavedByCommand):
    """Pages of one model. A subclass declares its columns, facts and filters, sets `may_add` or
    `may_change` and writes `add` or `change`, which call one command each and answer a `Done`."""

    section: ClassVar[Section]
    # Platform operators only; for anybody else the pages do not exist.
    is_for_operators: ClassVar[bool] = False
    may_add: ClassVar[bool] = False
    may_change: ClassVar[bool] = False
    # The column that holds the tenant; "" for a table without one, which then filters itself.
    tenant_column: ClassVar[str] = "tenant_id"
    # An order that an index keeps, ending in a unique column.
    keyset: ClassVar[tuple[str, ...]] = ("-id",)
    acts: ClassVar[Sequence[Act]] = ()
    # What people call the model here; the model's own names are for programmers.
    names: ClassVar[tuple[object, object] | None] = None
    add_form: ClassVar[type[CommandForm]] = CommandForm
    add_fieldsets: ClassVar[Sequence[Any]] = ()
    empty_title: ClassVar[object] = ""
    empty_text: ClassVar[object] = ""

    admin_site: ConsoleSite
    form = CommandForm
    list_per_page = _PAGE_ROWS
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    view_on_site = False
    actions_selection_counter = False

    def __init__(self, model: type[Model], admin_site: ConsoleSite) -> None:
        super().__init__(model, admin_site)
        if self.names:
            # Migrations compare what the class said, so this changes no history.
            singular, plural = self.names
            self.opts.verbose_name = singular  # type: ignore[assignment]  # lazily translated
            self.opts.verbose_name_plural = plural  # type: ignore[assignment]

    def all_acts(self) -> list[Act]:
        """The room's own acts and those of rooms above."""
        return [*self.acts, *extending.acts_of(self.model)]

    # --- to be written by rooms

    def add(self, request: HttpRequest, data: Mapping[str, Any]) -> Done:
        """Call the command that makes one."""
        raise NotImplementedError

    def change(self, request: HttpRequest, obj: Any, data: Mapping[str, Any]) -> Done:
        """Call the command that changes `obj`."""
        raise NotImplementedError

    def search(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows that `text` finds, by equality or range of folded columns: `icontains` and its
        like read a whole tenant under row-level security."""
        return queryset.none()

    def tables(self, request: HttpRequest, obj: Any) -> Sequence[Table]:
        """What is shown below an object."""
        return ()

    def called(self, visitor: Visitor) -> str:
        """What the navigation calls the list for this visitor."""
        return verbose(self.model)

    def label(self, obj: Any) -> str:
        """What an object is called."""
        return str(obj)

    def ways(self, request: HttpRequest, obj: Any) -> Sequence[tuple[object, str]]:
        """Titles and addresses of lists that this object leads to."""
        return ()

    def heading(self, obj: Any) -> str:
        """The second line of an object's page: what it is."""
        return capfirst(str(self.opts.verbose_name))

    # --- who may

    def actor(self, request: HttpRequest) -> Actor:
        """Who does it: handed to each command."""
        return visitor_of(request).actor

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the pages exist for this visitor."""
        return visitor_of(request).is_operator or not self.is_for_operators

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether one may be made."""
        return self.may_add and self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether its fields may be changed."""
        return self.may_change and self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The stock deletion is not used: deleting is an act."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that this visitor may see: the scope says so too, and this says it once more."""
        rows = super().get_queryset(request)
        visitor = visitor_of(request)
        if visitor.is_operator or not self.tenant_column:
            return rows
        return rows.filter(**{self.tenant_column: visitor.tenant_id})

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The object of a page. One that is not there and another tenant's answer alike (AD03)."""
        found = None
        if self.has_module_permission(request) and "\0" not in object_id:
            found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    # --- lists

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        """Paged by keyset."""
        return KeysetChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the parameters that the list's own filters declare (AD10)."""
        filters: Any = self.get_list_filter(request) if request else self.list_filter
        return lookup in {getattr(each, "parameter_name", None) for each in filters}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What `search` finds."""
        text = search_term.strip()
        if not text:
            return queryset, False
        return (queryset.none() if "\0" in text else self.search(request, queryset, text)), False

    def get_list_filter(self, request: HttpRequest) -> Any:
        """An operator may look at one tenant only."""
        filters = super().get_list_filter(request)
        return [TenantFilter, *filters] if self._has_tenants(request) else filters

    def get_list_display(self, request: HttpRequest) -> Any:
        """An operator sees whose each row is."""
        first, *rest = super().get_list_display(request)
        return [first, "tenant_name", *rest] if self._has_tenants(request) else [first, *rest]

    @admin.display(description=gettext_lazy("Tenant"))
    def tenant_name(self, obj: Any) -> str:
        """Whose it is."""
        return getattr(obj, OWNER, "") or "–"

    def _has_tenants(self, request: HttpRequest) -> bool:
        return bool(self.tenant_column) and visitor_of(request).is_operator

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The acts that may be done to several at once."""
        return {
            act.name: (partial(deeds.ask_or_do_all, act=act), act.name, act.title)
            for act in self.all_acts()
            if act.is_bulk and self.has_module_permission(request)
        }

    def response_action(  # type: ignore[override]  # the stubs describe a later Django
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Only what was ticked, never "all": that may be a million rows."""
        if request.POST.get("select_across", "0") != "0":
            raise BadRequest("Tick what is meant")
        try:
            return super().response_action(request, queryset)
        except (ValidationError, ValueError) as error:
            raise BadRequest("No such rows") from error

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list."""
        tenant = request.GET.get(TenantFilter.parameter_name)
        return super().changelist_view(
            request,
            {
                "title": verbose(self.model),
                "empty_title": self.empty_title,
                "empty_text": self.empty_text,
                "add_query": f"?{urlencode({TenantFilter.parameter_name: tenant})}"
                if tenant
                else "",
                **(extra_context or {}),
            },
        )

    # --- objects

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        """The form with the command that it leads to."""
        chosen = self.add_form if obj is None else self.form
        form = super().get_form(request, obj, change, **{"form": chosen, **kwargs})
        perform: Callable[[Mapping[str, Any]], Done] = (
            partial(self.change, request, obj) if obj is not None else partial(self.add, request)
        )
        return type(form.__name__, (form,), {"perform": staticmethod(perform)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one is asked for less than an old one shows."""
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing is known of a new one."""
        return super().get_readonly_fields(request, obj) if obj is not None else ()

    def get_urls(self) -> list[Any]:
        """The list, the form of a new one, the object's page, and a page for each act."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name=f"{name}_changelist"),
            path("add/", wrap(self.add_view), name=f"{name}_add"),
            *(
                path(
                    f"<path:object_id>/{act.name}/",
                    wrap(partial(deeds.ask_or_do, self, act)),
                    name=f"{name}_{act.name}",
                )
                for act in self.all_acts()
            ),
            path("<path:object_id>/change/", wrap(self.change_view), name=f"{name}_change"),
        ]

    def render_change_form(  # noqa: PLR0917 - Django's signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The object under its own name, with what can be done to it and what belongs to it."""
        if obj is not None:
            context |= {
                "title": self.label(obj),
                "subtitle": self.heading(obj),
                "acts": deeds.offered(self, request, obj),
                "ways": self.ways(request, obj),
                "tables": [
                    *self.tables(request, obj),
                    *extending.tables_of(self.model, request, obj),
                ],
                "history_url": self.admin_site.history_of(obj),
            }
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, add, change, form_url, obj)

    @property
    def media(self) -> forms.Media:
        """None of the stock scripts: the pages bring the little that they need."""
        return forms.Media()
