"""How the pages of every room name a tenant."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from identity.console import tenants
from tenants.registry import resolution
from tenants.registry.models import Tenant


def _found(slug: str) -> UUID | None:
    if "\0" in slug:
        return None
    return Tenant.objects.filter(slug=slug).values_list("id", flat=True).first()


def _name(tenant_id: UUID) -> str:
    row = resolution.by_id(tenant_id) or Tenant.objects.filter(pk=tenant_id).first()
    return row.slug if row else ""


def _titles(tenant_ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = Tenant.objects.filter(pk__in=set(tenant_ids))
    return {row.pk: str(row) for row in rows}


def _url(tenant_id: UUID) -> str:
    return reverse("admin:tenants_tenant_change", args=[tenant_id])


tenants.tell(tenants.Naming(find=_found, name=_name, titles=_titles, url=_url))
