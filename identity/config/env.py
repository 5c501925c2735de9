"""The environment, read once into one typed object that names every mistake at once.

docs/operations.md explains each name. `DevelopmentEnvironment` fills the gaps for the embedded way
of running; `ProductionEnvironment` has no gaps to fill.
"""

import base64
import os
from pathlib import Path
from typing import Annotated, Self, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from identity.config.addresses import (
    Destination,
    Network,
    database_parts,
    destinations,
    is_loopback,
    mail_parts,
    networks,
)
from identity.config.running.database import DATABASE, password
from identity.config.running.places import Places, made_once
from identity.kernel.cipher import KEY_BYTES, parse_keyring
from identity.tenancy import roles

BASE_DIR = Path(__file__).resolve().parents[2]
SECRET_KEY_MIN_CHARACTERS = 50  # Django's security.W009

Kind = TypeVar("Kind", bound="Environment")
_chosen: list["Environment"] = []


class Misconfigured(Exception):
    """The environment cannot be used; the text names each setting and what is wrong with it."""


class Environment(BaseSettings):
    """What holds in every way of running."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = "http://localhost:8000"
    data_dir: Path = BASE_DIR / "var"
    database_url: str = Field(default="", repr=False)
    database_admin_url: str = Field(default="", repr=False)
    database_pooler: str = Field(default="", pattern="^(session)?$")
    secret_key: str = Field(default="", repr=False)
    key_encryption_key: str = Field(default="", repr=False)
    email_url: str = Field(default="", repr=False)
    email_from: str = ""
    celery_broker_url: str = Field(default="", repr=False)
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    outbound_allow: Annotated[tuple[Destination, ...], NoDecode] = ()
    demo_port: int = Field(default=8001, ge=1, le=65535)
    country_database: Path | None = None
    audit_webhook: str = Field(default="", repr=False, pattern=r"^(https?://\S+)?$")
    web_workers: int = Field(default_factory=lambda: min(cores(), 8), ge=1, le=64)
    # Each thread holds one database connection; two keep a core busy while one waits for a commit.
    blocking_threads: int = Field(default=4, ge=1, le=64)

    @property
    def places(self) -> Places:
        return Places(self.data_dir)

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must look like https://id.example.com")
        if parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError("must be an origin only: no path, query or user")
        return value.rstrip("/")

    @field_validator("database_url", "database_admin_url")
    @classmethod
    def _connection(cls, value: str) -> str:
        if value:
            database_parts(value)
        return value

    @field_validator("key_encryption_key")
    @classmethod
    def _keyring(cls, value: str) -> str:
        if value:
            parse_keyring(value)
        return value

    @field_validator("email_url")
    @classmethod
    def _mail(cls, value: str) -> str:
        if value:
            mail_parts(value)
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return networks(value)
        return value

    @field_validator("outbound_allow", mode="before")
    @classmethod
    def _destinations(cls, value: object) -> object:
        if isinstance(value, str):
            return destinations(value)
        return value


class DevelopmentEnvironment(Environment):
    """The embedded default: what is missing is made once under DATA_DIR; loopback only."""

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if not is_loopback(value):
            raise ValueError(
                f"{value} is not a loopback address, and the development settings (demo relying "
                "party, mail page, http cookies) serve only this machine; to serve others set "
                "DJANGO_SETTINGS_MODULE=identity.config.settings.production"
            )
        return value

    _is_embedded: bool = PrivateAttr(default=False)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the one under DATA_DIR."""
        return self._is_embedded

    @model_validator(mode="after")
    def _made_once(self) -> Self:
        if "public_url" not in self.model_fields_set:
            self.public_url = f"http://localhost:{self.port}"
        folder = self.places.secrets
        fresh_key = "k1:" + base64.b64encode(os.urandom(KEY_BYTES)).decode()
        self.secret_key = self.secret_key or made_once(folder, "secret-key")
        self.key_encryption_key = self.key_encryption_key or made_once(
            folder, "key-encryption-key", fresh_key
        )
        self.email_url = self.email_url or f"file://{self.data_dir / 'mail'}"
        if not self.database_url:
            self._is_embedded = True
            self.database_url = self._embedded_url(roles.WEB)
            self.database_admin_url = self._embedded_url(roles.OWNER)
        return self

    def _embedded_url(self, role: str) -> str:
        host = quote(str(self.places.socket_folder), safe="")
        return f"postgresql://{role}:{password(self.places, role)}@/{DATABASE}?host={host}"


class TestEnvironment(DevelopmentEnvironment):
    """As development, away from its data; nothing outside is trusted or reachable."""

    __test__ = False

    data_dir: Path = BASE_DIR / "var" / "test"


class ProductionEnvironment(Environment):
    """Everything that must not be guessed is asked for."""

    public_url: str = Field()
    database_url: str = Field(min_length=1, repr=False)
    secret_key: str = Field(min_length=SECRET_KEY_MIN_CHARACTERS, repr=False)
    key_encryption_key: str = Field(min_length=1, repr=False)
    email_url: str = Field(min_length=1, repr=False)
    email_from: str = Field(min_length=3)

    @field_validator("public_url")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("must begin with https://: cookies and tokens travel there")
        return value


def load(kind: type[Kind]) -> Kind:
    """Read the environment; `Misconfigured` lists every missing or malformed name at once."""
    try:
        return kind()
    except ValidationError as problem:
        lines = [
            f"  {'.'.join(map(str, error['loc'])).upper()}: {_wording(error)}"
            for error in problem.errors(include_url=False, include_input=False)
        ]
        title = f"{len(lines)} settings are" if len(lines) > 1 else "one setting is"
        raise Misconfigured(
            "\n".join([f"Signet cannot start: {title} missing or wrong.", *lines])
            + "\nEach name is explained in docs/operations.md."
        ) from None


def _wording(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "is missing"
    # pydantic puts this before the text of our own validators
    return error["msg"].removeprefix("Value error, ")


def choose(kind: type[Environment]) -> None:
    """Read the environment as `kind`; a settings module calls it before it imports `base`.

    Ends the process, with what is wrong in words, when it cannot be used.
    """
    try:
        _chosen.append(load(kind))
    except Misconfigured as problem:
        raise SystemExit(str(problem)) from None


def chosen() -> Environment:
    """The environment of this process."""
    return _chosen[-1]


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
