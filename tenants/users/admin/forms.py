"""What is asked of a person: when added, and afterwards."""

from collections.abc import Iterable
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.console.forms import CommandForm, text_input
from tenants.users.models import Role

ROLES: Final = {
    Role.PLATFORM_OPERATOR: _("Operator of the platform"),
    Role.TENANT_ADMIN: _("Administrator"),
    Role.USER_ADMIN: _("Administrator of users"),
    Role.CLIENT_ADMIN: _("Administrator of clients"),
    Role.AUDITOR: _("Auditor"),
    Role.READER: _("Reader"),
}


def roles_field(choices: Iterable[tuple[str, object]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(choices),
    )


class NewUserForm(CommandForm):
    """A person without any way to sign in yet."""

    username = forms.CharField(
        label=_("User name"),
        max_length=128,
        required=False,
        help_text=_("Empty where the e-mail address is the name."),
        widget=text_input(autocapitalize="none", spellcheck="false", autocomplete="off"),
    )
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, widget=text_input(autocomplete="off")
    )
    is_verified = forms.BooleanField(label=_("The e-mail address is verified"), required=False)
    roles = roles_field((str(role), title) for role, title in ROLES.items())


class UserForm(NewUserForm):
    """All of a person that others may set."""

    locale = forms.CharField(
        label=_("Language"), max_length=35, required=False, help_text=_("Such as en or de-CH")
    )
    zoneinfo = forms.CharField(
        label=_("Time zone"), max_length=64, required=False, help_text=_("Such as Europe/Zurich")
    )
    external_id = forms.CharField(
        label=_("External id"), max_length=256, required=False, widget=text_input()
    )
