"""Sessions of a browser: one cookie per tenant, up to five accounts in it, the active one first.

Value: `<unix time of the last change>~secret~secret…`, each secret 256 random bits. The cookie is
never trusted for anything but these: whose they are and whether they live, the rows say.
"""

import re
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from authn.blocking import device_cookies
from authn.sessions import lifecycle
from authn.sessions.models import LoginSession
from identity.kernel.secrets import digest
from identity.tenancy.prepared import Prepared
from tenants.registry.models import Tenant

ACCOUNTS_PER_TENANT: Final = 5
# 20 cookies of 231 characters stay below 5 kB of request header, half of what servers take.
TENANTS_PER_BROWSER: Final = 20
_PLACES: Final = tuple(f"digest_{place}" for place in range(ACCOUNTS_PER_TENANT))
_LIVE: Final = Prepared(
    lambda tenant, at, **digests: (
        LoginSession.objects.filter(tenant_id=tenant, secret_digest__in=list(digests.values()))
        .live(at)
        .select_related("user")
    ),
    tenant=UUID,
    at=datetime,
    **dict.fromkeys(_PLACES, bytes),
)
_DEVICE_LIFETIME: Final = timedelta(seconds=device_cookies.LIFETIME_SECONDS)
_FORM: Final = re.compile(r"(\d{1,11})((?:~[A-Za-z0-9_-]{43}){1,5})", re.ASCII)
_NAME: Final = re.compile(r"(?:__Host-)?signet-\d{1,19}", re.ASCII)


def prefixed(name: str) -> str:
    """The cookie's full name: `__Host-` on https, where browsers then refuse it from anyone else."""
    return f"__Host-{name}" if settings.IS_HTTPS else name


def name_of(tenant: Tenant) -> str:
    """Name of the tenant's session cookie."""
    return prefixed(f"signet-{tenant.serial}")


def single(request: HttpRequest, name: str) -> str | None:
    """The value of the cookie `name`; None if it came not at all or more than once.

    A sibling domain can plant a second cookie of the same name, and which of two wins is chance:
    duplicates count as none (SE12).
    """
    values = [value for key, value in _pairs(request) if key == name]
    return values[0] if len(values) == 1 else None


def write(
    response: HttpResponseBase, name: str, value: str, *, expires_at: datetime | None = None
) -> None:
    """Set a cookie of this origin alone: no script reads it, no other site's form sends it."""
    response.set_cookie(
        name,
        value,
        max_age=max(0, int((expires_at - timezone.now()).total_seconds())) if expires_at else None,
        path="/",
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def erase(response: HttpResponseBase, name: str) -> None:
    """The browser drops the cookie."""
    response.delete_cookie(name, path="/", samesite="Lax")


def sessions_of(request: HttpRequest, tenant: Tenant) -> list[LoginSession]:
    """Live sessions of this browser at `tenant` with their users, the active one first.

    One statement, none without a cookie. Anything malformed is nobody (SE15).
    """
    digests = [digest(secret, lifecycle.SECRET_PURPOSE) for secret in _secrets(request, tenant)]
    if not digests:
        return []
    # The statement asks for as many as there may be; a repeated digest finds nothing more.
    asked = [*digests, *digests[:1] * ACCOUNTS_PER_TENANT][:ACCOUNTS_PER_TENANT]
    rows = _LIVE.all(tenant=tenant.id, at=timezone.now(), **dict(zip(_PLACES, asked, strict=True)))
    found = {bytes(session.secret_digest): session for session in rows}
    return [
        found[key]
        for key in digests
        if key in found
        and not found[key].user.is_disabled
        and lifecycle.is_live(found[key], tenant)
    ]


def remember(
    response: HttpResponseBase,
    request: HttpRequest,
    tenant: Tenant,
    *,
    opened: lifecycle.Opened,
    others: Sequence[LoginSession],
) -> None:
    """The browser holds the new session, active, and behind it `others` as far as they fit."""
    rest = _secrets_of(request, tenant, others)
    kept = [opened.secret.reveal(), *rest][:ACCOUNTS_PER_TENANT]
    _put(response, tenant, kept, expires_at=opened.session.expires_at)
    _drop_oldest_tenants(response, request, tenant)


def activate(
    response: HttpResponseBase,
    request: HttpRequest,
    tenant: Tenant,
    *,
    session: LoginSession,
    held: Sequence[LoginSession],
) -> None:
    """`session`, one of the live sessions `held` by this browser, is the active one from now on."""
    ordered = [session, *(other for other in held if other.pk != session.pk)]
    _put(
        response,
        tenant,
        _secrets_of(request, tenant, ordered),
        expires_at=max(each.expires_at for each in ordered),
    )


def forget(
    response: HttpResponseBase,
    request: HttpRequest,
    tenant: Tenant,
    *,
    left: Sequence[LoginSession],
) -> None:
    """Only the sessions `left` remain in this browser's cookie; it goes when none is left."""
    kept = _secrets_of(request, tenant, left)
    if kept:
        _put(response, tenant, kept, expires_at=max(each.expires_at for each in left))
    else:
        erase(response, name_of(tenant))


def device_of(request: HttpRequest, tenant: Tenant) -> str:
    """The device cookie of blocking (contract 2.8); "" without one."""
    return single(request, prefixed(f"signet-device-{tenant.serial}")) or ""


def write_device(response: HttpResponseBase, tenant: Tenant, value: str) -> None:
    """This browser is known to blocking for as long as the value says."""
    name = prefixed(f"signet-device-{tenant.serial}")
    write(response, name, value, expires_at=timezone.now() + _DEVICE_LIFETIME)


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    header = request.META.get("HTTP_COOKIE", "")
    split = (part.partition("=") for part in header.split(";"))
    return [(key.strip(), value.strip()) for key, separator, value in split if separator]


def _secrets(request: HttpRequest, tenant: Tenant) -> list[str]:
    value = single(request, name_of(tenant))
    match = _FORM.fullmatch(value) if value else None
    if match is None:
        return []
    return list(dict.fromkeys(match[2][1:].split("~")))


def _secrets_of(
    request: HttpRequest, tenant: Tenant, sessions: Sequence[LoginSession]
) -> list[str]:
    by_digest = {
        digest(secret, lifecycle.SECRET_PURPOSE): secret for secret in _secrets(request, tenant)
    }
    keys = [bytes(session.secret_digest) for session in sessions]
    return [by_digest[key] for key in keys if key in by_digest]


def _put(
    response: HttpResponseBase, tenant: Tenant, secrets: Sequence[str], *, expires_at: datetime
) -> None:
    value = "~".join([str(int(time.time())), *secrets])
    write(response, name_of(tenant), value, expires_at=expires_at)


def _drop_oldest_tenants(response: HttpResponseBase, request: HttpRequest, tenant: Tenant) -> None:
    own = name_of(tenant)
    others = {key: value for key, value in _pairs(request) if _NAME.fullmatch(key) and key != own}
    surplus = len(others) - (TENANTS_PER_BROWSER - 1)
    if surplus > 0:
        for key in sorted(others, key=lambda key: _changed_at(others[key]))[:surplus]:
            erase(response, key)
            # The device cookie of that tenant has served its turn with it.
            erase(response, key.replace("signet-", "signet-device-"))


def _changed_at(value: str) -> int:
    match = _FORM.fullmatch(value)
    return int(match[1]) if match else 0
