"""The shape of a provisioning file, checked before anything is touched.

Names are the contract's (2.7, 2.8): `sing_alg` and `post_logout_redirect_uri` are spelled as on
the wire, so that one vocabulary serves API and file.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from identity.provisioning.document import Document, Mistake, Mistakes, Path

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Item(BaseModel):
    """An entry. Unknown members are mistakes here: a typing error must not pass silently."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class ClientItem(Item):
    """A relying party. `client_secret` is its initial value."""

    client_id: Text
    name: Text
    client_type: Literal["public", "confidential"] = "confidential"
    application_type: Literal["web", "native"] = "web"
    client_secret: str | None = None
    force: bool = False
    redirect_uris: list[str] = []
    post_logout_redirect_uri: list[str] = []
    allowed_scopes: list[str] = []
    grant_types: list[str] = ["authorization_code"]
    sing_alg: Literal["EdDSA", "RS256", "ES256"] = "EdDSA"
    skip_consent: bool = False
    logo_uri: str | None = None
    op_policy_url: str | None = None
    op_tos_url: str | None = None
    op_user_agreement_url: str | None = None
    client_uri: str | None = None
    client_logout_uri: str | None = None
    register_enable: bool = False
    has_profile: bool = False
    is_lock: bool = False
    is_disabled: bool = False
    access_token_seconds: int | None = None


class UserItem(Item):
    """A person. `password` is the initial value."""

    username: Text
    email: Text
    user_id: str = ""
    password: str | None = None
    force: bool = False
    name: str = ""
    is_verified: bool = False
    is_disabled: bool = False
    roles: list[str] = []
    external_id: str | None = None
    locale: str | None = None
    zoneinfo: str | None = None


class OperatorItem(Item):
    """A platform operator, in the reserved tenant `platform`."""

    username: Text
    email: Text
    password: str | None = None
    force: bool = False
    name: str = ""
    locale: str | None = None


class GroupItem(Item):
    """A group; `members` are user names."""

    displayName: Text  # noqa: N815  SCIM's spelling (RFC 7643 §4.2)
    external_id: str | None = None
    members: list[str] = []


class ApiKeyItem(Item):
    """An API key; its name is its identity in the file. `secret` is the initial value."""

    name: Text
    owner: Text
    scopes: list[str]
    secret: str | None = None
    force: bool = False
    networks: list[str] = []


class TenantItem(Item):
    """A tenant and what is in it. A section that is left out is left alone, by `--prune` too."""

    tenant_id: Text
    display_name: str | None = None
    is_2fa: bool = False
    hosts: list[str] | None = None
    settings: dict[str, Any] = {}
    clients: list[ClientItem] | None = None
    users: list[UserItem] | None = None
    groups: list[GroupItem] | None = None
    api_keys: list[ApiKeyItem] | None = None


class File(Item):
    """A whole file."""

    tenants: list[TenantItem] = []
    operators: list[OperatorItem] = []


# What must not stand twice in one list, by the list's name.
_IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "tenants": ("tenant_id",),
    "operators": ("username", "email"),
    "clients": ("client_id",),
    "users": ("username", "email"),
    "groups": ("displayName",),
    "api_keys": ("name",),
}
SECRET_MEMBERS = frozenset({"password", "client_secret", "secret"})


def checked(document: Document) -> File:
    """The file as typed items. Raises Mistakes that name every wrong member with its line."""
    try:
        file = File.model_validate(document.content)
    except ValidationError as problem:
        raise Mistakes(
            [
                document.mistake(tuple(error["loc"]), _in_words(error))
                for error in problem.errors(include_url=False, include_input=False)
            ]
        ) from None
    if twice := list(_duplicates(document.content, (), document)):
        raise Mistakes(twice)
    return file


def literal_secrets(document: Document) -> list[Path]:
    """Paths of secrets that are written in the file itself instead of the environment."""
    return sorted(
        (path for path in document.literals if path and path[-1] in SECRET_MEMBERS), key=str
    )


def _in_words(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "is not a known member"
        case "missing":
            return "is missing"
        case _:
            text = error["msg"]
            return text[0].lower() + text[1:]


def _duplicates(node: Any, path: Path, document: Document) -> list[Mistake]:
    found: list[Mistake] = []
    if isinstance(node, dict):
        for name, value in node.items():
            found += _duplicates(value, (*path, name), document)
    elif isinstance(node, list):
        for member in _IDENTITIES.get(str(path[-1]) if path else "", ()):
            seen: set[str] = set()
            for index, entry in enumerate(node):
                key = str(entry.get(member, "")).casefold() if isinstance(entry, dict) else ""
                if key and key in seen:
                    found.append(document.mistake((*path, index, member), "is given twice"))
                seen.add(key)
        for index, entry in enumerate(node):
            found += _duplicates(entry, (*path, index), document)
    return found
