"""What is asked of a tenant: when it is made, afterwards, and before it goes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.console.forms import CommandForm, Lines, text_input
from tenants.registry import policy_form


class NewTenantForm(CommandForm):
    """What a new tenant needs; its settings come after."""

    slug = forms.CharField(
        label=_("Tenant id"),
        min_length=2,
        max_length=63,
        help_text=_("Part of every address of this tenant; can never be changed."),
        widget=text_input(spellcheck="false", autocapitalize="none"),
    )
    display_name = forms.CharField(
        label=_("Name"), max_length=200, required=False, widget=text_input()
    )
    is_2fa = forms.BooleanField(
        label=_("Second factor only"),
        required=False,
        help_text=_("This tenant serves as a second factor of another system; for good."),
    )
    hosts = Lines(
        label=_("Host names"), required=False, help_text=_("One a line; where it is served too.")
    )


class _TenantForm(CommandForm):
    display_name = forms.CharField(
        label=_("Name"), max_length=200, required=False, widget=text_input()
    )
    hosts: forms.Field | None = Lines(
        label=_("Host names"), required=False, help_text=_("One a line; where it is served too.")
    )

    def initial_of(self, instance: Any) -> dict[str, Any]:
        return {
            "display_name": instance.display_name,
            "hosts": list(instance.hosts.order_by("host").values_list("host", flat=True)),
            **policy_form.initial(instance.policy),
        }


TenantForm: type[CommandForm] = type("TenantForm", (_TenantForm,), policy_form.fields())


class DeleteForm(forms.Form):
    """What is typed before everything of a tenant goes."""

    slug = forms.CharField(
        label=_("Tenant id"), help_text=_("Type the tenant id to confirm."), widget=text_input()
    )
