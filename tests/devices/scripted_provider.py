"""A small OpenID provider that can be told to lie, for tests of whoever relies on one."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeyParameters, KeySet, RSAKey

SUBJECT = "018f6d1c-ada0-7000-8000-000000000001"


@dataclass(slots=True)
class Script:
    """What the provider answers instead of the truth. Nothing here: it is honest."""

    claims: dict[str, Any] = field(default_factory=dict)  # over the ID token's; None removes
    userinfo: dict[str, Any] = field(default_factory=dict)  # over the userinfo answer's
    response: dict[str, str | None] = field(default_factory=dict)  # over the callback's query
    token_error: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    sign_with_other_key: bool = False
    without_refresh_token: bool = False


class ScriptedProvider:
    """One client, one subject who is always signed in; answers in threads until closed."""

    def __init__(self, *, client_id: str, client_secret: str) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.script = Script()
        self.requests: list[tuple[str, str]] = []
        self._key, self._other_key = _keys()
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh_tokens: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, *_: object) -> None:
                """Nothing: tests look at ``requests``."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/op"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        path = parts.path.removeprefix("/op")
        self.requests.append(("GET", path))
        if path == "/.well-known/openid-configuration":
            _send_json(request, 200, self._metadata())
        elif path == "/jwks":
            _send_json(request, 200, KeySet([self._key]).as_dict(private=False))
        elif path == "/authorize":
            self._authorize(request, dict(parse_qsl(parts.query)))
        elif path == "/userinfo":
            claims = {"sub": SUBJECT, "name": "Ada <Lovelace>", "email": "ada@example.com"}
            _send_json(request, 200, _with(claims, self.script.userinfo))
        elif path == "/logout":
            query = dict(parse_qsl(parts.query))
            state = urlencode({"state": query["state"]})
            _redirect(request, f"{query['post_logout_redirect_uri']}?{state}")
        else:
            _send_json(request, 404, {"error": "not_found"})

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path.removeprefix("/op")
        self.requests.append(("POST", path))
        body = request.rfile.read(int(request.headers["Content-Length"]))
        form = dict(parse_qsl(body.decode()))
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        who = base64.b64decode(encoded).decode().split(":") if scheme == "Basic" else []
        if [unquote_plus(part) for part in who] != [self.client_id, self.client_secret]:
            _send_json(request, 401, {"error": "invalid_client"})
        elif self.script.token_error is not None:
            _send_json(
                request, 400, {"error": self.script.token_error, "error_description": "told to"}
            )
        else:
            self._token(request, form)

    def _metadata(self) -> dict[str, Any]:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }
        return _with(document, self.script.metadata)

    def _authorize(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**query, "auth_time": str(int(time.time()))}
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        answer = _with(answer, self.script.response)
        _redirect(request, f"{query['redirect_uri']}?{urlencode(answer)}")

    def _token(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        if form["grant_type"] == "authorization_code":
            asked = self._codes.pop(form["code"], None)
            challenge = _s256(form.get("code_verifier", ""))
            if asked is None or asked.get("code_challenge") != challenge:
                _send_json(request, 400, {"error": "invalid_grant"})
                return
        else:
            asked = self._refresh_tokens.pop(form["refresh_token"], None)
            if asked is None:
                _send_json(request, 400, {"error": "invalid_grant"})
                return
        access_token = secrets.token_urlsafe(24)
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._id_token(asked, access_token),
        }
        if not self.script.without_refresh_token:
            refresh_token = answer["refresh_token"] = secrets.token_urlsafe(24)
            self._refresh_tokens[refresh_token] = asked
        _send_json(request, 200, answer)

    def _id_token(self, asked: dict[str, str], access_token: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": self.client_id,
            "nonce": asked.get("nonce"),
            "iat": now,
            "exp": now + 300,
            "auth_time": int(asked["auth_time"]),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        }
        key = self._other_key if self.script.sign_with_other_key else self._key
        header = {"alg": "RS256", "kid": "one"}
        return jwt.encode(header, _with(claims, self.script.claims), key)


@cache
def _keys() -> tuple[RSAKey, RSAKey]:
    """Two keys under one key id; made once, for they take longer than the tests."""
    parameters: KeyParameters = {"kid": "one", "alg": "RS256", "use": "sig"}
    return RSAKey.generate_key(2048, parameters), RSAKey.generate_key(2048, parameters)


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _with(honest: dict[str, Any], script: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**honest, **script}.items() if value is not None}


def _send_json(request: BaseHTTPRequestHandler, status: int, document: Mapping[str, Any]) -> None:
    body = json.dumps(document).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def _redirect(request: BaseHTTPRequestHandler, address: str) -> None:
    request.send_response(303)
    request.send_header("Location", address)
    request.send_header("Content-Length", "0")
    request.end_headers()
