"""Tenants as the pages of every room name them. The room that knows tenants says how (`tell`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from identity.console.display import link
from identity.console.filters import TextFilter


@dataclass(frozen=True, slots=True)
class Naming:
    """`find` and `name`: from the public name to the id and back; `title`: what people call it;
    `url`: its page."""

    find: Callable[[str], UUID | None]
    name: Callable[[UUID], str]
    title: Callable[[UUID], str]
    url: Callable[[UUID], str]


_told: list[Naming] = []


def tell(naming: Naming) -> None:
    """Afterwards pages name tenants so."""
    _told[:] = [naming]


def link_to(tenant_id: UUID) -> str:
    """A tenant by name, as a link to its page; a dash for what belongs to none."""
    if not tenant_id.int:
        return "–"
    for naming in _told:
        return link(naming.title(tenant_id), naming.url(tenant_id))
    return str(tenant_id)


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
