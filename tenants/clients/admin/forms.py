"""What is asked of a client: when it is registered, and afterwards."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.console.forms import CommandForm, Lines, text_input
from tenants.clients.models import ApplicationType, GrantType, SigningAlgorithm

TYPES: Final = [("confidential", _("Keeps a secret (server)")), ("public", _("Keeps none (app)"))]


def _url(label: object, help_text: object = "") -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # lazily translated
        help_text=help_text,  # type: ignore[arg-type]
        max_length=500,
        required=False,
        widget=text_input(inputmode="url"),
    )


class ClientForm(CommandForm):
    """All of a client that others may set."""

    name = forms.CharField(label=_("Name"), max_length=255, widget=text_input())
    client_type = forms.ChoiceField(label=_("Type"), choices=TYPES)
    application_type = forms.ChoiceField(
        label=_("Runs"),
        choices=[
            (ApplicationType.WEB, _("In a browser or on a server")),
            (ApplicationType.NATIVE, _("On a device")),
        ],
    )
    redirect_uris = Lines(
        label=_("Redirect URIs"), required=False, help_text=_("One a line; compared exactly.")
    )
    post_logout_redirect_uris = Lines(
        label=_("After signing out"), required=False, help_text=_("One a line; compared exactly.")
    )
    grant_types = forms.MultipleChoiceField(
        label=_("Grants"),
        required=False,
        choices=[(value, value) for value in GrantType.values],
        widget=forms.CheckboxSelectMultiple,
    )
    allowed_scopes = Lines(label=_("Scopes"), required=False, help_text=_("One a line."))
    algorithm = forms.ChoiceField(
        label=_("ID tokens are signed with"), choices=SigningAlgorithm.choices
    )
    access_token_seconds = forms.IntegerField(
        label=_("Access tokens live"),
        required=False,
        min_value=30,
        max_value=3_600,
        help_text=_("Seconds; empty: as the tenant says."),
    )
    skip_consent = forms.BooleanField(
        label=_("The tenant's own: nobody is asked for consent"), required=False
    )
    client_uri = _url(_("Home page"))
    logo_uri = _url(_("Logo"), _("Address of a picture, https only"))
    op_policy_url = _url(_("Privacy policy"))
    op_tos_url = _url(_("Terms of service"))
    op_user_agreement_url = _url(_("User agreement"))
    client_logout_uri = _url(_("Told of sign-outs at"))
    register_enable = forms.BooleanField(
        label=_("People may register on the way here"), required=False
    )
    has_profile = forms.BooleanField(label=_("Has a profile"), required=False)
    is_lock = forms.BooleanField(label=_("Protected against deletion"), required=False)
    is_disabled = forms.BooleanField(label=_("Disabled"), required=False)

    def initial_of(self, instance: Any) -> dict[str, Any]:
        """Lists as lists."""
        return {
            **super().initial_of(instance),
            "redirect_uris": instance.redirect_uris.split(),
            "post_logout_redirect_uris": instance.post_logout_redirect_uris.split(),
        }


class NewClientForm(ClientForm):
    """A client to be registered: its id is chosen once."""

    client_id = forms.CharField(
        label=_("Client id"),
        max_length=255,
        help_text=_("Can never be changed."),
        widget=text_input(autocapitalize="none", spellcheck="false"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        proposed = {
            "grant_types": [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
            "allowed_scopes": ["openid", "profile", "email"],
        }
        kwargs["initial"] = {**proposed, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class RotateForm(forms.Form):
    """How long the present secret goes on."""

    overlap_hours = forms.IntegerField(
        label=_("The present secret stays good for"),
        min_value=0,
        max_value=720,
        initial=24,
        help_text=_("Hours, up to 30 days: the time of your roll-out. 0 ends it now."),
    )
