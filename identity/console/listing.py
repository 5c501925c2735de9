"""Lists of the console: a page costs a page, whatever the table holds.

Keyset instead of page numbers: the address names the last row that was seen, so that there is no
OFFSET to skip and no COUNT over a million rows; what is counted is counted up to a bound.
"""

from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from identity.console import tenants

if TYPE_CHECKING:
    from identity.console.bases import CommandAdmin

AFTER: Final = "after"
# Where a row on a page keeps the link to its tenant.
OWNER: Final = "console_tenant"
COUNTED_MOST: Final = 1_000


class KeysetChangeList(ChangeList):
    """Ordered by the admin's `keyset`; `?after=<id>` continues behind that row."""

    model_admin: "CommandAdmin"
    has_more: bool = False
    is_first: bool = True
    is_count_exact: bool = True

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """The place in the list is no filter."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(AFTER, None)
        return found

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Another filter begins at the first page."""
        return super().get_query_string(new_params, [*(remove or ()), AFTER])

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The one order that an index keeps, whatever `o=` says (AD10, AD18)."""
        return list(self.model_admin.keyset)

    def get_results(self, request: HttpRequest) -> None:
        """One page, and whether more follow."""
        rows = self.queryset
        after = request.GET.get(AFTER)
        if after:
            rows = rows.filter(self._behind(after))
        size = self.list_per_page
        page = list(rows[: size + 1])
        self.has_more = len(page) > size
        if not after and not self.has_more:
            counted = len(page)
        else:
            counted = self.queryset.order_by()[: COUNTED_MOST + 1].count()
        self.is_first = not after
        self.result_list = page[:size]
        self._name_owners()
        self.result_count = min(counted, COUNTED_MOST)
        self.is_count_exact = counted <= COUNTED_MOST
        self.show_full_result_count = False
        self.show_admin_actions = bool(page)
        self.full_result_count = None
        self.can_show_all = False
        self.multi_page = False

    def _name_owners(self) -> None:
        """Each row knows its tenant's name, all of them by one statement."""
        column = self.model_admin.tenant_column
        if "tenant_name" in self.list_display:
            links = tenants.links(getattr(row, column) for row in self.result_list)
            for row in self.result_list:
                setattr(row, OWNER, links.get(getattr(row, column), ""))

    @property
    def next_query(self) -> str:
        """The query of the page that follows."""
        last = self.result_list[len(self.result_list) - 1]
        return self.get_query_string({AFTER: str(last.pk)})

    @property
    def first_query(self) -> str:
        """The query of the first page."""
        return self.get_query_string()

    def _behind(self, pk: str) -> Q:
        names = [name.lstrip("-") for name in self.model_admin.keyset]
        try:
            anchor = self.root_queryset.filter(pk=pk).values_list(*names).first()
        except (ValidationError, ValueError) as error:
            raise IncorrectLookupParameters from error
        if anchor is None:
            # The row is gone, or is not one that this visitor sees: both answer alike (AD03).
            raise IncorrectLookupParameters
        behind = Q(pk__in=())
        for depth in range(len(names)):
            same = Q(**dict(zip(names[:depth], anchor[:depth], strict=True)))
            is_falling = self.model_admin.keyset[depth].startswith("-")
            behind |= same & Q(**{f"{names[depth]}__{'lt' if is_falling else 'gt'}": anchor[depth]})
        if len(names) > 1:
            # Said once more as a plain range, which an index understands.
            is_falling = self.model_admin.keyset[0].startswith("-")
            behind &= Q(**{f"{names[0]}__{'lte' if is_falling else 'gte'}": anchor[0]})
        return behind
