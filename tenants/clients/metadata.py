"""What a client says about itself, checked as a whole (RFC 7591 §2, contract 2.8).

Registration and change go through the same check of the resulting state, so that no sequence of
allowed steps leads to what one step could not reach.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self, TypedDict

from identity.kernel.errors import Invalid
from identity.kernel.text import require_plain
from tenants.clients import redirects
from tenants.clients.models import ApplicationType, Client, GrantType, SigningAlgorithm
from tenants.clients.uris import parsed

_MOST_URIS: Final = 50
_LONGEST_NAME: Final = 255
_LONGEST_URL: Final = 500
_MOST_SCOPES: Final = 100
# RFC 6749 §3.3; 128 is the column.
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
# Enrolment in the flow is for clients that prove who they are (contract 2.5).
_CONFIDENTIAL_SCOPES: Final = frozenset({"2fa_link"})
TOKEN_SECONDS: Final = range(30, 3_601)


class Settings(TypedDict, total=False):
    """What `registration.register` may be given beside the client's id and name."""

    client_type: str
    application_type: str
    redirect_uris: Iterable[str]
    post_logout_redirect_uris: Iterable[str]
    grant_types: Iterable[str]
    allowed_scopes: Iterable[str]
    algorithm: str
    logo_uri: str
    op_policy_url: str
    op_tos_url: str
    op_user_agreement_url: str
    client_uri: str
    client_logout_uri: str
    register_enable: bool
    has_profile: bool
    is_lock: bool
    is_disabled: bool
    skip_consent: bool
    access_token_seconds: int | None


class Changes(Settings, total=False):
    """What `registration.update` may be given."""

    name: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """All of a client that others may set."""

    name: str
    client_type: str = "confidential"
    application_type: str = ApplicationType.WEB
    redirect_uris: Iterable[str] = ()
    post_logout_redirect_uris: Iterable[str] = ()
    grant_types: Iterable[str] = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
    allowed_scopes: Iterable[str] = ("openid",)
    algorithm: str = SigningAlgorithm.EDDSA
    logo_uri: str = ""
    op_policy_url: str = ""
    op_tos_url: str = ""
    op_user_agreement_url: str = ""
    client_uri: str = ""
    client_logout_uri: str = ""
    register_enable: bool = False
    has_profile: bool = False
    is_lock: bool = False
    is_disabled: bool = False
    skip_consent: bool = False
    access_token_seconds: int | None = None

    @classmethod
    def of(cls, client: Client) -> Self:
        """As it stands."""
        values = {name: getattr(client, name) for name in cls.__slots__}
        values["redirect_uris"] = tuple(client.redirect_uris.split())
        values["post_logout_redirect_uris"] = tuple(client.post_logout_redirect_uris.split())
        values["grant_types"] = tuple(client.grant_types)
        values["allowed_scopes"] = tuple(client.allowed_scopes)
        return cls(**values)

    def fill(self, client: Client) -> None:
        """Write this (checked) state into the row's fields."""
        for name in self.__slots__:
            if name != "skip_consent":
                setattr(client, name, getattr(self, name))
        client.redirect_uris = " ".join(self.redirect_uris)
        client.post_logout_redirect_uris = " ".join(self.post_logout_redirect_uris)
        client.grant_types = list(self.grant_types)
        client.allowed_scopes = list(self.allowed_scopes)
        client.skip_authorization = self.skip_consent

    def differences(self, other: Self) -> list[str]:
        """Names of the fields in which the two differ."""
        return [name for name in self.__slots__ if getattr(self, name) != getattr(other, name)]

    def checked(self) -> Self:
        """In the form that is stored. Raises Invalid."""
        _one_of("client_type", self.client_type, [key for key, _ in Client.CLIENT_TYPES])
        _one_of("application_type", self.application_type, ApplicationType.values)
        _one_of("algorithm", self.algorithm, SigningAlgorithm.values)
        state = replace(
            self,
            name=_name(self.name),
            redirect_uris=self._uris("redirect_uris", self.redirect_uris),
            post_logout_redirect_uris=self._uris(
                "post_logout_redirect_uris", self.post_logout_redirect_uris
            ),
            grant_types=_grant_types(self.grant_types),
            allowed_scopes=_scopes(self.allowed_scopes),
            logo_uri=_link("logo_uri", self.logo_uri),
            op_policy_url=_link("op_policy_url", self.op_policy_url),
            op_tos_url=_link("op_tos_url", self.op_tos_url),
            op_user_agreement_url=_link("op_user_agreement_url", self.op_user_agreement_url),
            client_uri=_link("client_uri", self.client_uri),
            client_logout_uri=_link("client_logout_uri", self.client_logout_uri),
        )
        _require_consistent(state)
        return state

    def _uris(self, field: str, uris: Iterable[str]) -> tuple[str, ...]:
        wanted = _once(field, uris, _MOST_URIS)
        is_native = self.application_type == ApplicationType.NATIVE
        return tuple(
            redirects.require_acceptable(uri, is_native=is_native, field=field) for uri in wanted
        )


def _require_consistent(state: Metadata) -> None:
    grants = set(state.grant_types)
    is_public = state.client_type != Client.CLIENT_CONFIDENTIAL
    if GrantType.AUTHORIZATION_CODE in grants and not state.redirect_uris:
        raise Invalid("redirect_uris", "must name at least one URI for authorization_code")
    if grants == {GrantType.REFRESH_TOKEN}:
        raise Invalid("grant_types", "refresh_token needs a grant that yields one")
    if is_public and GrantType.CLIENT_CREDENTIALS in grants:
        raise Invalid("grant_types", "client_credentials is for confidential clients")
    if is_public and _CONFIDENTIAL_SCOPES & set(state.allowed_scopes):
        raise Invalid("allowed_scopes", "2fa_link is for confidential clients")
    seconds = state.access_token_seconds
    if seconds is not None and seconds not in TOKEN_SECONDS:
        raise Invalid("access_token_seconds", "must be between 30 and 3600")


def _name(text: str) -> str:
    name = require_plain(text, "name")
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise Invalid("name", f"must have 1 to {_LONGEST_NAME} characters")
    return name


def _one_of(field: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise Invalid(field, f"must be one of {', '.join(allowed)}")


def _once(field: str, values: Iterable[str], most: int) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{field} is a list of texts, not one text")
    wanted = tuple(dict.fromkeys(values))
    if len(wanted) > most:
        raise Invalid(field, f"must name at most {most}")
    return wanted


def _grant_types(values: Iterable[str]) -> tuple[str, ...]:
    wanted = _once("grant_types", values, len(GrantType))
    for value in wanted:
        _one_of("grant_types", value, GrantType.values)
    return tuple(str(value) for value in wanted)


def _scopes(values: Iterable[str]) -> tuple[str, ...]:
    wanted = _once("allowed_scopes", values, _MOST_SCOPES)
    for scope in wanted:
        if _SCOPE.fullmatch(scope) is None:
            raise Invalid("allowed_scopes", f"has no scope {scope[:50]!r} (RFC 6749 §3.3)")
    return wanted


def _link(field: str, url: str | None) -> str:
    # Shown as a link or a picture on sign-in pages: never javascript:, never unencrypted.
    if not url:
        return ""
    found = parsed(url) if len(url) <= _LONGEST_URL else None
    if found is None or found.scheme != "https" or not found.host:
        raise Invalid(field, "must be an https address or empty")
    return url
