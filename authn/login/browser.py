"""Which browser an attempt belongs to: a random secret in a cookie, its digest in the row.

Whoever only has the link (a person to whom an attacker sent it, an attacker who read it over a
shoulder) holds another secret or none (AZ25, SE16).
"""

import re
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from authn.login.models import LoginAttempt
from authn.sessions import cookies
from identity.kernel.identifiers import unguessable
from identity.kernel.secrets import digest, equal

_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_PURPOSE: Final = "browser"
_ATTRIBUTE: Final = "_signet_new_browser"


def cookie_name() -> str:
    """Name of the cookie."""
    return cookies.prefixed("signet-browser")


def digest_of(request: HttpRequest) -> bytes:
    """The digest that attempts begun by this request belong to.

    A browser without the cookie gets a new secret: call `ensure` on the answer.
    """
    secret = _secret(request)
    if secret is None:
        secret = getattr(request, _ATTRIBUTE, None) or unguessable()
        setattr(request, _ATTRIBUTE, secret)
    return digest(secret, _PURPOSE)


def ensure(request: HttpRequest, response: HttpResponseBase) -> None:
    """The browser holds the secret that `digest_of` spoke of."""
    made: Any = getattr(request, _ATTRIBUTE, None)
    if made:
        cookies.write(response, cookie_name(), made)


def owns(request: HttpRequest, attempt: LoginAttempt) -> bool:
    """Whether this is the browser that began `attempt`."""
    secret, stored = _secret(request), bytes(attempt.browser_digest)
    return secret is not None and bool(stored) and equal(digest(secret, _PURPOSE), stored)


def _secret(request: HttpRequest) -> str | None:
    value = cookies.single(request, cookie_name())
    return value if value and _FORM.fullmatch(value) else None
