"""Tenants as the pages of every room name them. The room that knows tenants says how (`tell`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from identity.console.display import link
from identity.console.filters import TextFilter


@dataclass(frozen=True, slots=True)
class Naming:
    """`find` and `name`: from the public name to the id and back; `titles`: what people call some
    of them, in one statement; `url`: the page of one."""

    find: Callable[[str], UUID | None]
    name: Callable[[UUID], str]
    titles: Callable[[Iterable[UUID]], Mapping[UUID, str]]
    url: Callable[[UUID], str]


_told: list[Naming] = []


def tell(naming: Naming) -> None:
    """Afterwards pages name tenants so."""
    _told[:] = [naming]


def links(tenant_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Tenants by name, each as a link to its page; what belongs to none is missing."""
    wanted = {tenant_id for tenant_id in tenant_ids if tenant_id.int}
    if not _told or not wanted:
        return {}
    naming = _told[0]
    titles = naming.titles(wanted)
    return {each: link(title, naming.url(each)) for each, title in titles.items()}


def name_of(tenant_id: UUID) -> str:
    """The public name; empty for what belongs to no tenant."""
    return _told[0].name(tenant_id) if _told and tenant_id.int else ""


def id_of(name: str) -> UUID | None:
    """The id of the tenant called so."""
    return _told[0].find(name) if _told else None


class TenantFilter(TextFilter):
    """Rows of one tenant. Typed, not listed: there may be ten thousand."""

    title = _("Tenant")
    parameter_name = "tenant"
    hint = _("tenant id")

    def __init__(self, request: Any, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self._column: str = model_admin.tenant_column

    def apply(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows of the tenant called so."""
        tenant_id = id_of(value)
        return queryset.filter(**{self._column: tenant_id}) if tenant_id else queryset.none()
