"""Device cookies: a browser from which a person signed in before is not locked out by strangers.

Stateless: `nonce.expiry.tag`, the tag a MAC over tenant, user, nonce and expiry. It proves an
earlier success of this user in this browser and nothing else: it never signs anybody in. Its
failures are counted on its nonce.
"""

import base64
import hashlib
import hmac
import time
from typing import Final

from identity.kernel.cipher import subkey
from identity.kernel.identifiers import unguessable
from identity.kernel.secrets import equal
from tenants.registry.models import Tenant
from tenants.users.models import User

LIFETIME_SECONDS: Final = 180 * 24 * 3600
_MAX_CHARACTERS: Final = 128
_PARTS: Final = 3


def issue(*, tenant: Tenant, user: User) -> str:
    """A new cookie value for this user's browser, valid for 180 days."""
    nonce = unguessable(16)
    expiry = str(int(time.time()) + LIFETIME_SECONDS)
    return f"{nonce}.{expiry}.{_tag(tenant, user, nonce, expiry)}"


def read(*, tenant: Tenant, user: User | None, value: str) -> str:
    """The nonce of a valid cookie of this user in this tenant; "" for anything else."""
    parts = value.split(".") if len(value) <= _MAX_CHARACTERS else []
    if user is None or len(parts) != _PARTS or not value.isascii():
        return ""
    nonce, expiry, tag = parts
    if not equal(tag, _tag(tenant, user, nonce, expiry)):
        return ""
    return nonce if int(expiry) > time.time() else ""


def _tag(tenant: Tenant, user: User, nonce: str, expiry: str) -> str:
    text = f"{tenant.id}|{user.id}|{nonce}|{expiry}"
    raw = hmac.digest(subkey("blocking/device-cookie"), text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
