"""Somebody's page that talks to the native API over HTTP, with a client written from the protocol."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client as Http

from tenants.registry.models import Tenant
from tests.devices.image_client import (
    CHANGE_NEW,
    REGISTER,
    RESET,
    ImageClient,
    Secrets,
    b64u,
    quickly,
    raw_of,
)

HERE = "http://localhost:8000"


@dataclass
class NativePage:
    """One page of one person. Every method is one request; `ask` opens the challenge."""

    tenant: Tenant
    username: str
    secrets: Secrets = field(default_factory=quickly)
    auth_req_id: str = ""
    web_origin: str = HERE
    sends_origin: bool = True
    address: str = "203.0.113.9"
    bearer: str = ""
    client: ImageClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = ImageClient(
            self.tenant.slug, self.username, self.web_origin, self.secrets, self.auth_req_id
        )

    def query(self) -> str:
        """Which tenant the requests speak for."""
        if self.auth_req_id:
            return f"auth_req_id={self.auth_req_id}"
        return f"tenant_id={self.tenant.slug}"

    def send(self, path: str, body: Any, *, method: str = "POST", query: str | None = None) -> Any:
        """Any request of this page."""
        headers = {"host": "localhost:8000"}
        if self.sends_origin:
            headers["origin"] = self.web_origin
        if self.bearer:
            headers["authorization"] = f"Bearer {self.bearer}"
        return Http(headers=headers, REMOTE_ADDR=self.address).generic(
            method,
            f"{path}?{self.query() if query is None else query}",
            data=body if isinstance(body, bytes) else json_of(body),
            content_type="application/json",
        )

    def challenge(self) -> Any:
        """Operation 2."""
        form = {"username": self.username, "cipherKey": self.client.cipher_key}
        return self.send("/api/auth/challenge", form)

    def server_key(self) -> bytes:
        """The key that the challenge names, out of the published set."""
        keys = self.send("/api/auth/zkp/keys", b"", method="GET").json()["keys"]
        prefix = b64u(self.client.server_key_hash[:8])
        return raw_of(next(key["x"] for key in keys if key["kid"] == prefix))

    def ask(self) -> "NativePage":
        """A challenge is asked for and opened."""
        answer = self.challenge()
        assert answer.status_code == 200, answer.content
        self.client.receive(answer.json()["challenge_data"])
        return self

    def proof_form(self, **changes: Any) -> dict[str, Any]:
        """The form of operation 3."""
        return {
            "username": self.username,
            "cipherKey": self.client.cipher_key,
            "challenge_id": b64u(self.client.challenge_id),
            "challenge_data": self.client.answer(self.server_key()),
        } | changes

    def authenticate(self, **changes: Any) -> Any:
        """Operation 3, after `ask`."""
        return self.send("/api/auth/authenticate", self.proof_form(**changes))

    def register(self, email: str, /, **changes: Any) -> Any:
        """Operation 1, after `ask`."""
        form = {
            "username": self.username,
            "email": email,
            "encrypted_commitment": self.client.commit(self.server_key(), REGISTER, email=email),
            "proto_version": "svzkp-1",
        }
        return self.send("/api/auth/register", form | changes)

    def reset(self, code: str, /, **changes: Any) -> Any:
        """Operation 10, after `ask`."""
        form = {
            "username": self.username,
            "code": code,
            "encrypted_commitment": self.client.commit(self.server_key(), RESET, code=code),
            "proto_version": "svzkp-1",
        }
        return self.send("/api/auth/password/reset/confirm", form | changes)

    def change(self, new: Secrets, /, **changes: Any) -> Any:
        """Operation 11, after `ask`."""
        form = {
            "encrypted_commitment": self.client.commit(self.server_key(), CHANGE_NEW, new=new),
            "proto_version": "svzkp-1",
        }
        return self.send("/api/auth/password/change", form | changes)


def json_of(body: Any) -> bytes:
    """As browsers write it, with lone surrogates where a test has some."""
    return json.dumps(body).encode()
