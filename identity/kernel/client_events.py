"""Where and with what a thing was done: the contract's ClientEvent (2.4)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import maxminddb
import ua_parser
from django.conf import settings
from django.http import HttpRequest

from identity.kernel.actors import Origin
from identity.kernel.addresses import parse

USER_AGENT_MAX_CHARACTERS: Final = 512
# Where the request keeps it; no header can bear this name.
_KEPT: Final = "signet.origin"
# uap-core's own word for programs that fetch pages by themselves.
_SPIDER: Final = "Spider"
_MOBILE_SYSTEMS: Final = frozenset({"iOS", "Android", "Windows Phone", "KaiOS"})
_PC_SYSTEMS: Final = frozenset(
    {"Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD"}
)


def origin_of(request: HttpRequest) -> Origin:
    """Where `request` came from; worked out once per request."""
    known = request.META.get(_KEPT)
    if isinstance(known, Origin):
        return known
    meta = request.META
    # identity.config.proxies has put the client's own address there.
    address = parse(meta.get("REMOTE_ADDR", ""))
    ip = str(address) if address else None
    agent = meta.get("HTTP_USER_AGENT", "")[:USER_AGENT_MAX_CHARACTERS].replace("\x00", "")
    origin = Origin(
        ip=ip,
        user_agent=agent,
        country=country_of(ip),
        request_id=meta.get("SIGNET_REQUEST_ID", ""),
    )
    meta[_KEPT] = origin
    return origin


def country_of(ip: str | None) -> str | None:
    """ISO 3166-1 alpha-2 from the local database (COUNTRY_DATABASE), or None."""
    if ip is None or not settings.COUNTRY_DATABASE:
        return None
    record = _country_database(str(settings.COUNTRY_DATABASE)).get(ip)
    country = record.get("country") if isinstance(record, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else None
    return code if isinstance(code, str) else None


@lru_cache(maxsize=1)
def _country_database(path: str) -> maxminddb.Reader:
    return maxminddb.open_database(path)


@dataclass(frozen=True, slots=True)
class Device:
    """A user agent in words. `title` is for people: "Firefox on Linux"; kind: laptop or phone."""

    title: str
    kind: str
    browser: str
    browser_version: str
    system: str
    system_version: str
    family: str | None
    brand: str | None
    model: str | None
    is_mobile: bool
    is_tablet: bool
    is_pc: bool
    is_bot: bool

    @property
    def key(self) -> str:
        """What makes it the same device as last time: browser and system without versions."""
        return f"{self.browser}/{self.system}"


@lru_cache(maxsize=1024)
def describe(user_agent: str) -> Device:
    """Read a User-Agent header. Unknown parts are empty; never an error."""
    found = ua_parser.parse(user_agent[:USER_AGENT_MAX_CHARACTERS])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    device = found.device
    family = device.family if device else None
    is_bot = family == _SPIDER
    is_tablet = "iPad" in user_agent or "Tablet" in user_agent
    is_mobile = not is_tablet and (system in _MOBILE_SYSTEMS or "Mobile" in user_agent)
    if browser and system:
        title = f"{browser} on {system}"
    else:
        title = browser or system or "Unknown device"
    return Device(
        title=title,
        kind="phone" if is_mobile or is_tablet else "laptop",
        browser=browser,
        browser_version=_version(found.user_agent),
        system=system,
        system_version=_version(found.os),
        family=family,
        brand=device.brand if device else None,
        model=device.model if device else None,
        is_mobile=is_mobile,
        is_tablet=is_tablet,
        is_pc=system in _PC_SYSTEMS and not is_mobile and not is_tablet and not is_bot,
        is_bot=is_bot,
    )


def _version(part: Any) -> str:
    """`17.5` of a parsed browser or system; "" when unknown."""
    if part is None:
        return ""
    return ".".join(piece for piece in (part.major, part.minor) if piece)


def client_event(
    *, at: datetime | None, ip: str | None, country: str | None, user_agent: str
) -> dict[str, Any] | None:
    """The contract's ClientEvent as JSON members; None where nothing happened yet."""
    if at is None:
        return None
    device = describe(user_agent)
    return {
        "at": at.isoformat().replace("+00:00", "Z"),
        "ip": ip or "",
        "country": country,
        "user_agent": user_agent,
        "user_agent_parsed": {
            "browser": {"family": device.browser, "version": device.browser_version},
            "os": {"family": device.system, "version": device.system_version},
            "device": {"family": device.family, "brand": device.brand, "model": device.model},
            "is_mobile": device.is_mobile,
            "is_tablet": device.is_tablet,
            "is_pc": device.is_pc,
            "is_bot": device.is_bot,
        },
    }
