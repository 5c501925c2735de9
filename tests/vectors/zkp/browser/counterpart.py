"""A Signet as small as the protocol: what the browser sends is opened and judged by the vectors' keys.

Written from svzkp-1 alone, on ``cryptography`` and PyNaCl, so that the browser half is measured against
the text and not against the server it will meet.
"""

import base64
import json
import mimetypes
import secrets
import struct
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

CHECKOUT: Final = Path(__file__).resolve().parents[4]
FILES: Final = {
    "/static/": CHECKOUT / "static",
    "/vectors/": CHECKOUT / "tests" / "vectors" / "zkp",
    "/examples/": CHECKOUT / "docs" / "examples" / "image-login",
}
# The policy of our pages (identity.config.headers) and the one word that WebAssembly needs.
STRICT: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WITH_WASM: Final = STRICT.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/css/base.css">
<link rel="stylesheet" href="/static/css/components.css">{head}</head><body>{body}</body></html>"""


def lp(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def un_b64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class RefusedError(Exception):
    """What the real server answers with a constant 401."""


@dataclass
class Row:
    """A challenge as handed out."""

    challenge_id: bytes
    username: str
    auth_req_id: str
    cipher_key: bytes
    nonce: bytes


@dataclass
class Counterpart:
    """Serves pages and files, and answers the operations of the image login for tenant ``tenant``."""

    key: X25519PrivateKey
    tenant: str = "acme"
    policy: str = STRICT
    head: str = ""
    body: str = ""
    published: list[bytes] = field(default_factory=list)
    # What is published after the next look at the keys: a rotation between two requests.
    published_next: list[bytes] | None = None
    # What the next operation answers instead: status, headers, body.
    answer_with: tuple[int, dict[str, str], Any] | None = None
    received: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    rows: dict[bytes, Row] = field(default_factory=dict)
    commitments: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.raw = self.key.public_key().public_bytes_raw()
        self.published = self.published or [self.raw]
        handler = type("Bound", (_Handler,), {"counterpart": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://localhost:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def challenge(self, data: dict[str, Any], auth_req_id: str) -> dict[str, str]:
        """§4.1, for any name."""
        cipher_key = un_b64u(data["cipherKey"])
        challenge_id, nonce = secrets.token_bytes(16), secrets.token_bytes(32)
        self.rows[challenge_id] = Row(
            challenge_id, data["username"], auth_req_id, cipher_key, nonce
        )
        plaintext = b"\1" + challenge_id + nonce + struct.pack(">H", 120)
        plaintext += sha256(self.raw).digest()
        info = lp("SVZKP-1 challenge") + lp(self.tenant) + lp(data["username"]) + lp(auth_req_id)
        public = X25519PublicKey.from_public_bytes(cipher_key)
        sealed = b"\1" + SUITE.encrypt(plaintext, public, info=info)
        return {"challenge_data": b64u(sealed), "proto_version": "svzkp-1"}

    def authenticate(self, data: dict[str, Any], auth_req_id: str) -> dict[str, Any]:
        """§4.2 with purpose 1."""
        self._answer(1, data, data["username"], auth_req_id, b"")
        return {"nonce": b64u(secrets.token_bytes(32)), "need_verify": False}

    def update_email(self, data: dict[str, Any], username: str) -> None:
        """§4.2 with purpose 6."""
        self._answer(6, data, username, "", lp(data["email"]))
        self.emails[username] = data["email"]

    def set_commitment(self, purpose: int, data: dict[str, Any], name: str, request: str) -> None:
        """§4.3: purposes 2, 3 and 5."""
        info = lp("SVZKP-1 commitment") + bytes([purpose])
        info += lp(self.tenant) + lp(name) + lp(request)
        plain = self._open(data["encrypted_commitment"], info, 341 if purpose == 5 else 213)
        _require(plain[:2] == bytes([1, purpose]))
        challenge_id, point_p, point_k = plain[2:18], plain[18:50], plain[50:82]
        described, proofs = plain[82:85], plain[85:213]
        row = self.rows.pop(challenge_id)
        _require(row.username == name and row.auth_req_id == request)
        before = {2: lp(data.get("email", "")), 3: lp(data.get("code", "")), 5: b""}[purpose]
        if purpose == 3:
            _require(self.codes.pop(name) == data["code"])
        if purpose == 5:
            named = point_p + point_k + described
            self._verify(row, 4, self.commitments[name], named, plain[213:])
        new = (point_p, point_k)
        self._verify(row, purpose, new, before + described, proofs)
        self.commitments[name] = new

    def _answer(
        self, purpose: int, data: dict[str, Any], username: str, request: str, extra: bytes
    ) -> None:
        challenge_id = un_b64u(data["challenge_id"])
        info = lp("SVZKP-1 response") + bytes([purpose])
        info += lp(self.tenant) + lp(username) + lp(request) + challenge_id
        plain = self._open(data["challenge_data"], info, 130)
        row = self.rows.pop(challenge_id)
        _require(plain[:2] == bytes([1, purpose]))
        _require(row.username == username and row.auth_req_id == request)
        if purpose == 1:
            _require(row.cipher_key == un_b64u(data["cipherKey"]))
        _require(username in self.commitments)
        self._verify(row, purpose, self.commitments[username], extra, plain[2:])

    def _open(self, text: str, info: bytes, length: int) -> bytes:
        sealed = un_b64u(text)
        _require(b64u(sealed) == text and sealed[0] == 1)
        _require(sealed[1:9] == sha256(self.raw).digest()[:8])
        try:
            plain = SUITE.decrypt(sealed[9:], self.key, info=info)
        except InvalidTag as error:
            raise RefusedError from error
        _require(len(plain) == length)
        return plain

    def _verify(
        self,
        row: Row,
        purpose: int,
        points: tuple[bytes, bytes],
        extra: bytes,
        proofs: bytes,
    ) -> None:
        for role, proof in ((1, proofs[:64]), (2, proofs[64:])):
            statement = lp("SVZKP-1 proof") + bytes([role, purpose]) + lp(self.tenant)
            statement += lp(row.username) + lp(self.origin) + lp(row.auth_req_id)
            statement += (
                row.challenge_id
                + row.nonce
                + row.cipher_key
                + sha256(self.raw).digest()
                + points[0]
            )
            statement += (points[1] if role == 2 else b"") + lp(extra)
            try:
                VerifyKey(points[role - 1]).verify(statement, proof)
            except BadSignatureError as error:
                raise RefusedError from error


def _require(claim: bool) -> None:
    if not claim:
        raise RefusedError


class _Handler(BaseHTTPRequestHandler):
    counterpart: ClassVar[Counterpart]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        server = self.counterpart
        if path == "/api/auth/zkp/keys":
            keys = [{"kty": "OKP", "crv": "X25519", "x": b64u(raw)} for raw in server.published]
            server.published = server.published_next or server.published
            self._json(200, {"keys": keys, "proto_versions": ["svzkp-1"]})
            return
        for prefix, folder in FILES.items():
            if path.startswith(prefix):
                file = folder / path.removeprefix(prefix)
                kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
                if file.is_file():
                    self._send(200, file.read_bytes(), kind, {})
                else:
                    self._send(404, b"", "text/plain", {})
                return
        page = PAGE.format(head=server.head, body=server.body).encode()
        headers = {"Content-Security-Policy": server.policy}
        self._send(200, page, "text/html; charset=utf-8", headers)

    def do_POST(self) -> None:
        server = self.counterpart
        parts = urlsplit(self.path)
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.received.append((self.command, self.path, data))
        request = parse_qs(parts.query).get("auth_req_id", [""])[0]
        # Change Password and Update Email take the name from the token; here the token is the name.
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        name = data.get("username", bearer)
        if server.answer_with and parts.path != "/api/auth/challenge":
            status, headers, body = server.answer_with
            self._json(status, body, headers)
            return
        try:
            match parts.path:
                case "/api/auth/challenge":
                    self._json(200, server.challenge(data, request))
                case "/api/auth/authenticate":
                    self._json(200, server.authenticate(data, request))
                case "/api/auth/register":
                    server.set_commitment(2, data, name, request)
                    self._json(201, None)
                case "/api/auth/password/reset":
                    self._json(200, None)
                case "/api/auth/password/reset/confirm":
                    server.set_commitment(3, data, name, request)
                    self._json(200, None)
                case "/api/auth/password/change":
                    server.set_commitment(5, data, name, request)
                    self._json(200, None)
                case _:
                    server.update_email(data, name)
                    self._json(200, None)
        except RefusedError:
            self._json(401, {"detail": "invalid_credentials"})

    do_PUT = do_POST  # noqa: N815 - named by http.server

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers or {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is its own."""
