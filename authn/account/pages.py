"""What the account pages are given. The contract with `templates/account/`."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from authn.account.gate import AccountRequest
from authn.authenticators import inventory
from authn.sessions.models import LoginSession
from identity.kernel.client_events import describe
from oidc.consents import scopes
from oidc.consents.models import Consent
from tenants.users.models import User


def url(request: AccountRequest, page: str = "") -> str:
    """The address of one account page."""
    return f"/account/{request.tenant.slug}/{page}"


def frame(request: AccountRequest, page: str) -> dict[str, Any]:
    """What every account page has: the person, the menu, the way out."""
    menu = (
        (_("Overview"), "home", ""),
        (_("Sessions"), "laptop", "sessions"),
        (_("Connected apps"), "link", "apps"),
    )
    return {
        "tenant": request.tenant,
        "user": request.person,
        "action": url(request, page),
        "sign_out_url": url(request, "sign-out"),
        "nav": [
            {"title": title, "icon": icon, "url": url(request, name), "is_current": name == page}
            for title, icon, name in menu
        ],
    }


def session(row: LoginSession, current: LoginSession) -> dict[str, Any]:
    """One session as a person reads it."""
    device = describe(row.created_user_agent)
    return {
        "id": str(row.id),
        "device_title": device.title,
        "icon": device.kind,
        "ip": row.last_access_ip or row.created_ip or "",
        "country_name": row.last_access_country or row.created_country,
        "since": row.created_at,
        "last_access": row.last_access_at,
        "methods_text": methods_text(row.amr),
        "is_current": row.pk == current.pk,
        "is_new_place": False,
    }


def sessions(rows: Iterable[LoginSession], current: LoginSession) -> list[dict[str, Any]]:
    """The session this page is seen in first, then the newest."""
    shown = [session(row, current) for row in rows]
    return sorted(shown, key=lambda each: not each["is_current"])


def methods(user: User) -> list[dict[str, Any]]:
    """How the person can sign in."""
    titles = {"password": _("Password"), "image": _("Picture")}
    return [
        {
            "icon": "key",
            "title": titles.get(method.name, method.name),
            "detail": _("Set in %(month)s") % {"month": method.enrolled_at.strftime("%B %Y")},
        }
        for method in inventory.methods_of(user)
    ]


def apps(consents: Iterable[Consent]) -> list[dict[str, Any]]:
    """Applications that the person allowed something."""
    return [
        {
            "client": consent.client,
            "scopes": scopes.described(consent.scopes, ()),
            "since": consent.given_at,
        }
        for consent in consents
    ]


def methods_text(amr: Sequence[str]) -> str:
    """Proofs in words: RFC 8176 values that Signet uses."""
    words = {
        "pwd": _("Password"),
        "otp": _("Code"),
        "hwk": _("Passkey"),
        "swk": _("Passkey"),
        "pin": _("PIN"),
    }
    return ", ".join(dict.fromkeys(words.get(word, word) for word in amr))
