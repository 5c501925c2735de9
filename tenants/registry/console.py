"""What the pages of the rooms above need to make something in a tenant."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from identity.console.bases import CommandAdmin
from identity.console.door import visitor_of
from identity.console.forms import text_input
from identity.kernel.errors import NotFound
from tenants.registry import resolution
from tenants.registry.models import Tenant


class TenantField(forms.CharField):
    """The id of a tenant that serves requests; cleaned to the tenant."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Tenant"),
            max_length=63,
            help_text=_("The tenant id in which it is made."),
            widget=text_input(spellcheck="false", autocapitalize="none"),
        )

    def clean(self, value: Any) -> Any:
        """The tenant called so."""
        slug = super().clean(value)
        tenant = resolution.by_slug(slug)
        if tenant is None:
            raise ValidationError(_("There is no tenant with this id, or it is suspended."))
        return tenant


class MadeInTenant(CommandAdmin):
    """Pages of what is made in a tenant: an operator says in which, an administrator has one."""

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        """With the field for the tenant where it is asked."""
        is_asked = obj is None and visitor_of(request).is_operator
        if is_asked:
            form = type(self.add_form.__name__, (self.add_form,), {"tenant": TenantField()})
            kwargs["form"] = form
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The tenant first."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None and visitor_of(request).is_operator:
            return [(None, {"fields": ("tenant",)}), *fieldsets]
        return fieldsets

    def tenant_of(self, request: HttpRequest, data: Mapping[str, Any]) -> Tenant:
        """Where to make it: for an administrator the own tenant, whatever the form said."""
        visitor = visitor_of(request)
        if visitor.is_operator:
            chosen: Tenant = data["tenant"]
            return chosen
        own = resolution.by_id(visitor.tenant_id)
        if own is None:
            raise NotFound("This tenant does not exist")
        return own
