"""The token answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""

from typing import Any

from oauthlib.oauth2 import BearerToken

from authn.sessions import tokens
from oidc.consents import scopes as scope_words
from oidc.provider import id_tokens


class Bearer(BearerToken):  # type: ignore[misc]  # no types
    """Access token, and with them what the grant calls for: refresh token, ID token."""

    __slots__ = ()

    def create_token(
        self, request: Any, *_: Any, refresh_token: Any = False, **__: Any
    ) -> dict[str, Any]:
        """The answer's members. `request.standing` is what it is about; None: the client itself."""
        tenant, client, standing = request.tenant, request.client, request.standing
        if standing is None:
            grant_id, subject, more = request.grant_id, client.client_id, {}
        else:
            grant_id, subject = standing.grant_id, str(standing.person.id)
            more = {
                "session_id": standing.sign_in.session_id,
                "auth_time": standing.sign_in.auth_time,
                "acr": standing.sign_in.acr,
                "amr": standing.sign_in.amr,
            }
        access = tokens.access_token(
            tenant=tenant,
            client=client,
            grant_id=grant_id,
            subject=subject,
            scopes=request.scopes,
            **{"session_id": None, **more},
        )
        answer: dict[str, Any] = {
            "access_token": access.value,
            "token_type": "Bearer",
            "expires_in": access.expires_in,
            "scope": " ".join(request.scopes),
        }
        if refresh_token and request.next_refresh_token:
            answer["refresh_token"] = request.next_refresh_token
        if standing is not None and scope_words.OPENID in request.scopes:
            answer["id_token"] = id_tokens.issue(
                tenant=tenant,
                client=client,
                person=standing.person,
                sign_in=standing.sign_in,
                scopes=request.scopes,
                # OpenID Connect Core §12.2: a refreshed ID token should not have a nonce.
                nonce=standing.nonce if request.grant_type == "authorization_code" else "",
                access_token=access.value,
            )
        return answer
