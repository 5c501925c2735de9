"""The sign-in itself: ask, receive, check, refresh, sign out."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from identity.demo import id_token
from identity.demo.faults import from_oauth_error, unreachable, untrusted
from identity.demo.id_token import IdToken
from identity.demo.provider import Provider
from identity.demo.settings import Settings
from identity.demo.transport import Session, client_secret_basic

PROMPTS = ("", "login", "none", "consent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the visitor chose on the start page."""

    prompt: str = ""
    max_age_seconds: int | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A sign-in under way. It stays in the visitor's session and is good for one answer."""

    state: str
    nonce: str
    code_verifier: str
    max_age_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What the provider said of the visitor, checked."""

    id_token: IdToken
    userinfo: dict[str, Any]
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scope: str
    expires_at: float | None
    refreshed: int = 0


class RelyingParty:
    """One client at one provider; holds no visitor's data."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._session = Session()
        self.provider = Provider(settings.issuer, self._session)

    def begin(self, wishes: Wishes) -> tuple[str, Request]:
        """The address to send the browser to, and what to remember until it comes back.

        RFC 6749 §4.1.1 with PKCE (RFC 7636), OpenID Connect Core §3.1.2.1.

        :raises SignInFailed: the provider cannot be reached or trusted
        """
        request = Request(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            code_verifier=secrets.token_urlsafe(48),
            max_age_seconds=wishes.max_age_seconds,
        )
        options: dict[str, Any] = {"nonce": request.nonce}
        if wishes.prompt:
            options["prompt"] = wishes.prompt
        if wishes.max_age_seconds is not None:
            options["max_age"] = wishes.max_age_seconds
        scope = "openid profile email" + (" offline_access" if wishes.offline else "")
        address, _ = self._client(scope).create_authorization_url(
            self.provider.endpoint("authorization_endpoint"),
            state=request.state,
            code_verifier=request.code_verifier,
            **options,
        )
        return str(address), request

    def complete(self, answer: Mapping[str, str], request: Request) -> SignedIn:
        """Exchange the code of ``answer`` and check everything that comes back.

        ``request`` is the one whose state the answer carries.

        :raises SignInFailed: the provider refused, or an answer failed a check
        """
        self._check_issuer(answer)
        if "error" in answer:
            raise from_oauth_error(answer["error"], answer.get("error_description"))
        if not answer.get("code"):
            raise untrusted("The answer holds neither a code nor an error.")
        token = self._ask_token_endpoint(
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=request.code_verifier,
        )
        checked = self._id_token(
            token, nonce=request.nonce, max_age_seconds=request.max_age_seconds
        )
        return SignedIn(
            id_token=checked,
            userinfo=self._userinfo(token["access_token"], subject=checked.claims["sub"]),
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token"),
            scope=token.get("scope", ""),
            expires_at=_expiry(token),
        )

    def refresh(self, signed_in: SignedIn) -> SignedIn:
        """New tokens for the refresh token, which is spent by this (RFC 6749 §6).

        :raises SignInFailed: the provider refused, or speaks of somebody else now
        """
        if signed_in.refresh_token is None:
            raise untrusted("There is no refresh token: ask for access while you are away.")
        token = self._ask_token_endpoint(
            grant_type="refresh_token", refresh_token=signed_in.refresh_token
        )
        checked = signed_in.id_token
        if "id_token" in token:
            checked = self._id_token(token, nonce=None)
            _check_same_person(signed_in.id_token, checked)
        return replace(
            signed_in,
            id_token=checked,
            userinfo=self._userinfo(token["access_token"], subject=checked.claims["sub"]),
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token", signed_in.refresh_token),
            scope=token.get("scope", signed_in.scope),
            expires_at=_expiry(token),
            refreshed=signed_in.refreshed + 1,
        )

    def sign_out_address(self, signed_in: SignedIn, *, state: str) -> str:
        """Where to send the browser to end the session at the provider as well.

        OpenID Connect RP-Initiated Logout §2.

        :raises SignInFailed: the provider cannot be reached
        """
        query = {
            "id_token_hint": signed_in.id_token.compact,
            "client_id": self.settings.client_id,
            "post_logout_redirect_uri": self.settings.post_logout_redirect_uri,
            "state": state,
        }
        address = self.provider.endpoint("end_session_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def _client(self, scope: str | None = None) -> OAuth2Client:
        client = OAuth2Client(
            self._session,
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106  a method's name
            scope=scope,
            redirect_uri=self.settings.redirect_uri,
            code_challenge_method="S256",
        )
        client.register_client_auth_method(("client_secret_basic", client_secret_basic))
        return client

    def _ask_token_endpoint(self, **request: str) -> dict[str, Any]:
        try:
            token = self._client().fetch_token(self.provider.endpoint("token_endpoint"), **request)
        except OAuth2Error as fault:
            raise from_oauth_error(fault.error or "unknown", fault.description) from fault
        except ValueError as fault:
            raise unreachable(f"Token endpoint: {fault}") from fault
        if not isinstance(token.get("access_token"), str):
            raise untrusted("The token endpoint's answer holds no access token.")
        if str(token.get("token_type", "")).lower() != "bearer":
            raise untrusted(f"The access token is of the type {token.get('token_type')!r}.")
        return dict(token)

    def _id_token(
        self, token: dict[str, Any], *, nonce: str | None, max_age_seconds: int | None = None
    ) -> IdToken:
        if not isinstance(token.get("id_token"), str):
            raise untrusted("The token endpoint's answer holds no ID token.")
        return id_token.verify(
            token["id_token"],
            provider=self.provider,
            client_id=self.settings.client_id,
            access_token=token["access_token"],
            nonce=nonce,
            max_age_seconds=max_age_seconds,
        )

    def _userinfo(self, access_token: str, *, subject: str) -> dict[str, Any]:
        """OpenID Connect Core §5.3.2: an answer about another ``sub`` must not be used."""
        answer = self._session.get(
            self.provider.endpoint("userinfo_endpoint"),
            {"Authorization": f"Bearer {access_token}"},
        )
        answer.raise_for_status()
        try:
            claims = answer.json()
        except ValueError as fault:
            raise untrusted("The userinfo answer is not JSON.") from fault
        if not isinstance(claims, dict) or claims.get("sub") != subject:
            raise untrusted("The userinfo answer is about somebody else (sub).")
        return claims

    def _check_issuer(self, answer: Mapping[str, str]) -> None:
        """RFC 9207 §2.4: a code of another provider must not be sent to this one (mix-up)."""
        promised = self.provider.metadata().get("authorization_response_iss_parameter_supported")
        issuer = answer.get("iss")
        if issuer is None and not promised:
            return
        if issuer != self.settings.issuer:
            raise untrusted(f"The answer comes from the issuer {issuer!r}.")


def _expiry(token: dict[str, Any]) -> float | None:
    lifetime = token.get("expires_in")
    return time.time() + lifetime if isinstance(lifetime, int | float) else None


def _check_same_person(before: IdToken, after: IdToken) -> None:
    """OpenID Connect Core §12.2: who a session belongs to never changes by a refresh."""
    for claim in ("iss", "sub", "aud", "auth_time"):
        old, new = before.claims.get(claim), after.claims.get(claim)
        if old != new and not (claim == "auth_time" and new is None):
            raise untrusted(f"The refreshed ID token differs in {claim}.")
