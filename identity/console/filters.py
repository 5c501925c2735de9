"""Filters of lists. Only what a filter declares is a parameter; anything else answers 400 (AD10)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.contrib.admin import ListFilter, ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

_ALL: Final = "all"


class _Parameter(ListFilter):
    """A filter with one parameter."""

    parameter_name: str = ""

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: "ModelAdmin[Any]",
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.request = request
        given = params.pop(self.parameter_name, None)
        self.value: str = (given[-1] if given else "").strip()
        if self.value:
            self.used_parameters[self.parameter_name] = self.value

    def expected_parameters(self) -> list[str | None]:
        """The one."""
        return [self.parameter_name]

    def has_output(self) -> bool:
        """Always shown."""
        return True

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that `value` leaves."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that remain."""
        return self.apply(queryset, self.value) if self.value else queryset


class ChoiceFilter(_Parameter):
    """One of a few values, each a link."""

    def options(self, request: HttpRequest) -> Sequence[tuple[str, object]]:
        """Value and words."""
        raise NotImplementedError

    def default(self, request: HttpRequest) -> str:
        """The value that holds where none is given; empty: all."""
        return ""

    @property
    def chosen(self) -> str:
        """The value that holds; empty for all."""
        value = self.value or self.default(self.request)
        return "" if value == _ALL else value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that remain; an unknown value leaves none."""
        known = {value for value, _title in self.options(request)}
        if self.chosen and self.chosen not in known:
            return queryset.none()
        return self.apply(queryset, self.chosen) if self.chosen else queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The links."""
        yield {
            "selected": not self.chosen,
            "query_string": changelist.get_query_string({self.parameter_name: _ALL})
            if self.default(self.request)
            else changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("All"),
        }
        for value, title in self.options(self.request):
            yield {
                "selected": self.chosen == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }


class SelectFilter(ChoiceFilter):
    """One of many values: a list that folds away."""

    template = "console/filter_select.html"

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other parameters, which the form carries along."""
        return _others(self.request, self.parameter_name)

    @property
    def field_id(self) -> str:
        """Ties the label to its field."""
        return f"filter-{self.parameter_name}"

    @property
    def listed(self) -> list[tuple[str, object, bool]]:
        """Value, words, and whether it is the one."""
        return [(value, title, value == self.value) for value, title in self.options(self.request)]


def _others(request: HttpRequest, name: str) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, values in request.GET.lists()
        if key not in {name, "after"}
        for value in values
    ]


class TextFilter(_Parameter):
    """A value that is typed: for what has too many values to list."""

    template = "console/filter_text.html"
    input_type = "text"
    hint: object = ""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The other parameters, which the form carries along."""
        for name, value in _others(self.request, self.parameter_name):
            yield {"name": name, "value": value}

    @property
    def field_id(self) -> str:
        """Ties the label to its field."""
        return f"filter-{self.parameter_name}"
