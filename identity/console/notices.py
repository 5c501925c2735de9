"""What a page says once after a redirect: in a signed cookie, as there is no other session state."""

from typing import Final

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage

_NAME: Final = "signet-notices"


class Notices(CookieStorage):
    """Never a secret: those are shown in the answer itself and kept nowhere."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]  # the base has an attribute
        """Bound to this host where the browser can hold it to that."""
        return f"__Host-{_NAME}" if settings.IS_HTTPS else _NAME
