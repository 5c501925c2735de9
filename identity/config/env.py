"""The environment, read once into one typed object that names every mistake at once."""

import base64
import os
import secrets
from pathlib import Path
from typing import Self

from pydantic import field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from identity.kernel.cipher import parse_keyring

BASE_DIR = Path(__file__).resolve().parents[2]


class Environment(BaseSettings):
    """What the operator sets. See docs/operations.md for each name."""

    model_config = SettingsConfigDict(extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    data_dir: Path = BASE_DIR / "var"
    database_url: str = ""
    database_admin_url: str = ""
    secret_key: str = ""
    key_encryption_key: str = ""
    email_url: str = ""
    celery_broker_url: str = ""
    trusted_proxies: str = ""
    outbound_allow: str = ""
    country_database: str = ""

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("key_encryption_key")
    @classmethod
    def _keyring(cls, value: str) -> str:
        if value:
            parse_keyring(value)
        return value

    @model_validator(mode="after")
    def _embedded_secrets(self) -> Self:
        folder = self.data_dir
        if not self.secret_key:
            self.secret_key = _made_once(folder, "secret-key", secrets.token_urlsafe(48))
        if not self.key_encryption_key:
            made = "k1:" + base64.b64encode(os.urandom(32)).decode()
            self.key_encryption_key = _made_once(folder, "key-encryption-key", made)
        return self


def _made_once(folder: Path, name: str, fresh: str) -> str:
    """The secret kept in `folder`/`name` (0600), written at the first start."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(fresh + "\n")
    return fresh
