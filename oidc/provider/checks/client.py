"""Is there somebody to answer, and where."""

from django.utils.translation import gettext

from oidc.provider.errors import Unusable
from oidc.provider.request import Asked
from tenants.clients import redirects


def identifiers_come_once(asked: Asked) -> None:
    """RFC 6749 §3.1: parameters must not be included more than once; here none can be chosen."""
    if asked.parameters.repeated & {"client_id", "redirect_uri"}:
        raise Unusable(
            "invalid_request", gettext("The application's name or address was given twice")
        )


def is_usable(asked: Asked) -> None:
    """RFC 6749 §4.1.2.1: an invalid client identifier is told to the person, not redirected."""
    if asked.client is None or asked.client.is_disabled:
        raise Unusable("invalid_client", gettext("The application is not known here"))


def redirect_uri_is_registered(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.1: the URI must exactly match one that was registered (RU01-13)."""
    if not asked.redirect_uri:
        raise Unusable("invalid_request", gettext("The application did not say where to return to"))
    if asked.client is None or not redirects.is_registered(asked.client, asked.redirect_uri):
        raise Unusable("invalid_request", gettext("The address to return to is not registered"))
