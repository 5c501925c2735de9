"""An OpenID Connect client that tests steer by hand; it shares no code with the provider.

URLs and requests are made by authlib, ID tokens are verified by joserfc. Unlike an application it
checks nothing on its own: a test says what should come back, and can send what no client would.
"""

import base64
import copy
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

Authentication = Literal["basic", "post", "none"]
_HASHES = {"EdDSA": hashlib.sha512, "RS256": hashlib.sha256, "ES256": hashlib.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorization request, and what only its sender knows."""

    url: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said: status, headers, and the JSON object (empty if it was none)."""

    status: int
    headers: httpx.Headers
    body: dict[str, Any]
    text: str

    def __getitem__(self, member: str) -> Any:
        return self.body[member]


class RelyingParty:
    """One registered client. ``to`` is the address to connect to, if not the issuer's own."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        redirect_uri: str = "http://127.0.0.1:8001/callback",
        authentication: Authentication = "basic",
        to: str | None = None,
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_uri = redirect_uri
        self.authentication = authentication
        self._to = to
        self._http = httpx.Client(trust_env=False, timeout=30, follow_redirects=False)
        self._metadata: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    @property
    def metadata(self) -> dict[str, Any]:
        """The discovery document, fetched once."""
        if self._metadata is None:
            self._metadata = self.get(f"{self.issuer}/.well-known/openid-configuration").body
        return self._metadata

    def ask(self, *, scope: str = "openid", **parameters: Any) -> Asked:
        """An authorization request with PKCE; a parameter given as None is left out."""
        state, nonce = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
        verifier = secrets.token_urlsafe(48)
        given: dict[str, Any] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]
            "code_challenge_method": "S256",
            **parameters,
        }
        kept = {name: value for name, value in given.items() if value is not None}
        client_id, response_type = kept.pop("client_id", ""), kept.pop("response_type", "")
        url = prepare_grant_uri(
            self.metadata["authorization_endpoint"], client_id, response_type, **kept
        )
        return Asked(url=str(url), state=state, nonce=nonce, code_verifier=verifier)

    def exchange(self, code: str, asked: Asked, **parameters: str) -> Answer:
        """Redeem a code (RFC 6749 §4.1.3)."""
        return self.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.redirect_uri,
            code_verifier=asked.code_verifier,
            **parameters,
        )

    def refresh(self, refresh_token: str, **parameters: str) -> Answer:
        """Spend a refresh token (RFC 6749 §6)."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **parameters)

    def client_credentials(self, scope: str | None = None) -> Answer:
        """A token for the client itself (RFC 6749 §4.4)."""
        return self.token(
            grant_type="client_credentials", **({} if scope is None else {"scope": scope})
        )

    def token(self, **form: str) -> Answer:
        """Any request to the token endpoint."""
        return self.post("token_endpoint", form)

    def introspect(self, token: str, **form: str) -> Answer:
        """RFC 7662."""
        return self.post("introspection_endpoint", {"token": token, **form})

    def revoke(self, token: str, **form: str) -> Answer:
        """RFC 7009."""
        return self.post("revocation_endpoint", {"token": token, **form})

    def userinfo(self, access_token: str) -> Answer:
        """OpenID Connect Core §5.3."""
        bearer = {"Authorization": f"Bearer {access_token}"}
        return self.get(self.metadata["userinfo_endpoint"], bearer)

    def keys(self) -> KeySet:
        """The provider's published keys, fetched now."""
        return KeySet.import_key_set(self.get(self.metadata["jwks_uri"]).body)  # type: ignore[arg-type]

    def verify_id_token(
        self, id_token: str, *, nonce: str | None = None, access_token: str | None = None
    ) -> dict[str, Any]:
        """The claims, if signature, issuer, audience, times and what else is given hold.

        :raises joserfc.errors.JoseError: one of them does not
        """
        token = jwt.decode(id_token, self.keys(), registry=_registry())
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce} if nonce is not None else {},
            at_hash={"essential": True, "value": _half_hash(token.header["alg"], access_token)}
            if access_token is not None
            else {},
        ).validate(token.claims)
        return token.claims

    def verify_access_token(self, access_token: str) -> dict[str, Any]:
        """The claims of an RFC 9068 access token, if typ, signature and issuer hold (§4).

        :raises joserfc.errors.JoseError: they do not
        """
        token = jwt.decode(access_token, self.keys(), registry=_registry())
        if str(token.header.get("typ")).lower() not in {"at+jwt", "application/at+jwt"}:
            raise AssertionError(f"typ is {token.header.get('typ')!r}")
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            exp={"essential": True},
            aud={"essential": True},
            sub={"essential": True},
            client_id={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        ).validate(token.claims)
        return token.claims

    def post(self, endpoint: str, form: Mapping[str, str]) -> Answer:
        """Post a form to an endpoint of the discovery document, as this client."""
        headers, body = self.signed(form)
        return self._send("POST", self.metadata[endpoint], headers, body)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Any GET, with nothing of this client's."""
        return self._send("GET", url, dict(headers or {}), None)

    def signed(self, form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form with this client's authentication in (RFC 6749 §2.3.1)."""
        if self.authentication == "basic":
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            encoded = base64.b64encode(pair.encode()).decode()
            return {"Authorization": f"Basic {encoded}"}, dict(form)
        added = {"client_id": self.client_id}
        if self.authentication == "post":
            added["client_secret"] = self.client_secret
        return {}, {**added, **form}

    def _send(
        self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None
    ) -> Answer:
        parts = urlsplit(url)
        if self._to is not None:
            headers["Host"] = parts.netloc
            url = self._to + url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        response = self._http.request(method, url, headers=headers, data=form)
        try:
            body = response.json()
        except json.JSONDecodeError:
            body = {}
        return Answer(
            response.status_code,
            response.headers,
            body if isinstance(body, dict) else {},
            response.text,
        )


def answer_in(location: str) -> dict[str, str]:
    """The parameters of a redirect to the client, from its query or its fragment."""
    parts = urlsplit(location)
    return dict(parse_qsl(parts.query or parts.fragment, keep_blank_values=True))


def _half_hash(algorithm: str, access_token: str) -> str:
    digest = _HASHES[algorithm](access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _registry() -> JWSRegistry:
    registry = JWSRegistry(algorithms=list(_HASHES))
    # joserfc warns of the name "EdDSA" since RFC 9864, and warnings fail the tests.
    eddsa = copy.copy(JWSRegistry.algorithms["EdDSA"])
    eddsa.security_warning = None
    registry.algorithms = {**JWSRegistry.algorithms, "EdDSA": eddsa}
    return registry
