"""Host names at which a tenant is served."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from identity.kernel.errors import Invalid

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_FORM: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")


def normalised(host: str) -> str:
    """The host as it is stored and compared: lower case, no port, no closing dot."""
    name, _, port = host.strip().lower().rpartition(":")
    if not port.isdigit():
        name = host.strip().lower()
    return name.removesuffix(".")


def require_host(host: str) -> str:
    """The normalised host name, if a tenant may be served at it. Raises Invalid.

    The installation's own host is refused: a tenant that held it would be met by everybody.
    """
    name = normalised(host)
    if _FORM.fullmatch(name) is None:
        raise Invalid("hosts", "must be plain host names (international ones in their xn-- form)")
    if name == urlsplit(settings.PUBLIC_URL).hostname:
        raise Invalid("hosts", "must not be the host of this installation")
    return name
