"""Scopes that Signet knows, in the words of a consent page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPENID: Final = "openid"
OFFLINE_ACCESS: Final = "offline_access"


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope. `is_native`: a right at Signet's own API (contract 2.3), not a set of claims."""

    name: str
    title: str | Promise
    description: str | Promise = ""
    is_native: bool = False


# The order is the order on the page.
_ALL: Final = (
    Scope(OPENID, _("Know that it is you"), _("An identifier of your account, nothing else.")),
    Scope("profile", _("See your name"), _("Your name, user name, language and time zone.")),
    Scope("email", _("See your e-mail address"), _("And whether it was verified.")),
    Scope(
        OFFLINE_ACCESS,
        _("Keep access while you are away"),
        _("Until you disconnect it, also after you have signed out."),
    ),
    Scope(
        "account",
        _("Manage your own account"),
        _("Your sessions, keys and ways to sign in."),
        is_native=True,
    ),
    Scope("USER", _("Manage people"), _("Within what your own role allows."), is_native=True),
    Scope("USER:READ", _("See people"), _("Within what your own role allows."), is_native=True),
    Scope(
        "CLIENT", _("Manage applications"), _("Within what your own role allows."), is_native=True
    ),
    Scope(
        "CLIENT:READ", _("See applications"), _("Within what your own role allows."), is_native=True
    ),
    Scope("API_KEY", _("Manage API keys"), _("Within what your own role allows."), is_native=True),
    Scope(
        "API_KEY:READ", _("See API keys"), _("Within what your own role allows."), is_native=True
    ),
    Scope(
        "TENANT",
        _("Manage the organisation"),
        _("Within what your own role allows."),
        is_native=True,
    ),
    Scope(
        "TENANT:READ",
        _("See the organisation's settings"),
        _("Within what your own role allows."),
        is_native=True,
    ),
    Scope("SESSION", _("Manage sessions"), _("Within what your own role allows."), is_native=True),
    Scope(
        "SESSION:READ", _("See sessions"), _("Within what your own role allows."), is_native=True
    ),
)
BY_NAME: Final[dict[str, Scope]] = {scope.name: scope for scope in _ALL}
# What OpenID Connect defines: claims and identity, of no use to a client acting for itself.
IDENTITY: Final = frozenset(scope.name for scope in _ALL if not scope.is_native)
KNOWN: Final = frozenset(BY_NAME)


def described(names: Iterable[str], known: Iterable[str] = ()) -> list[dict[str, object]]:
    """`names` for the consent page, in its order; `known` were allowed before, the rest is new."""
    wanted, before = set(names), set(known)
    rows: list[dict[str, object]] = [
        {
            "name": scope.name,
            "title": scope.title,
            "description": scope.description,
            "is_new": bool(before) and scope.name not in before,
        }
        for scope in _ALL
        if scope.name in wanted
    ]
    # A client may have scopes of its own (for its own API): shown by their names.
    rows += [
        {
            "name": name,
            "title": name,
            "description": "",
            "is_new": bool(before) and name not in before,
        }
        for name in sorted(wanted - KNOWN)
    ]
    return rows
