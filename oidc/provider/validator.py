"""The questions oauthlib asks, answered by Signet's commands: few statements, each of them final."""

from collections.abc import Sequence
from typing import Any, Final

from oauth2_provider.oauth2_validators import OAuth2Validator

from authn.sessions import grants, lifecycle
from identity.audit import recording
from oidc.consents import scopes as scope_words
from oidc.provider import client_authentication, codes, events, refresh_tokens
from oidc.provider.refresh_tokens import Rotated
from oidc.provider.standing import Standing
from tenants.clients.models import GrantType

# A scope of 500,000 words must not cost anything (TK14).
_MOST_SCOPES: Final = 64


class Validator(OAuth2Validator):  # type: ignore[misc]  # no types
    """Django-oauth-toolkit's validator with every method that asks the database replaced.

    Requests are `server.TokenRequest`s. The table of its defects is in docs/specs.md.
    """

    def authenticate_client(self, request: Any, *_: Any, **__: Any) -> bool:
        """RFC 6749 §2.3. Raises OAuth2Error subclasses; see `client_authentication`."""
        request.client = client_authentication.authenticate(
            tenant=request.tenant, http=request.http, form=request.form
        )
        request.client_id = request.client.client_id
        return True

    def validate_grant_type(
        self, _client_id: str, grant_type: str, client: Any, *_: Any, **__: Any
    ) -> bool:
        """RFC 6749 §5.2, unauthorized_client."""
        return bool(client.allows_grant_type(grant_type))

    def validate_code(
        self, _client_id: str, code: str, client: Any, request: Any, *_: Any, **__: Any
    ) -> bool:
        """Consume the code (D1, TK01). Afterwards `request.standing` says what it stood for."""
        found = codes.redeem(
            tenant=request.tenant,
            client=client,
            code=code,
            redirect_uri=request.form.get("redirect_uri"),
            verifier=request.form.get("code_verifier"),
            actor=client_authentication.actor_of(client, request.http),
        )
        if not isinstance(found, Standing):
            return False
        request.standing = found
        # RFC 6749 §4.1.3 has no scope here: what it asks for changes nothing (TK14).
        request.scopes = _still_open(found, client)
        if client.allows_grant_type(GrantType.REFRESH_TOKEN):
            request.next_refresh_token = refresh_tokens.issue(
                tenant=request.tenant,
                grant_id=found.grant_id,
                grant_expires_at=found.grant_expires_at,
            ).reveal()
        return True

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *_: Any, **__: Any
    ) -> bool:
        """Rotate (D2, RT01). Afterwards `request.standing` and the successor are there."""
        asked = (request.form.get("scope") or "").split()
        request.is_scope_wider = len(asked) > _MOST_SCOPES
        if request.is_scope_wider:
            return False
        found = refresh_tokens.rotate(
            tenant=request.tenant,
            client=client,
            token=refresh_token,
            scopes=asked,
            actor=client_authentication.actor_of(client, request.http),
        )
        if not isinstance(found, Rotated):
            request.is_scope_wider = found.code == "invalid_scope"
            return False
        request.standing = found.standing
        request.scopes = _still_open(found.standing, client, asked)
        request.next_refresh_token = found.token.reveal()
        return True

    def get_default_scopes(self, _client_id: str, request: Any, *_: Any, **__: Any) -> list[str]:
        """RFC 6749 §3.3, client_credentials without a scope: all that the client may have."""
        return sorted(_own_scopes(request.client))

    def validate_scopes(
        self, _client_id: str, scopes: list[str], client: Any, request: Any, *_: Any, **__: Any
    ) -> bool:
        """client_credentials: identity scopes mean nothing without a person (TK14)."""
        if len(scopes) > _MOST_SCOPES or not _own_scopes(client).issuperset(scopes):
            return False
        standing = grants.standing(client) or grants.establish_standing(client=client)
        request.grant_id = standing.pk
        return True

    def save_token(self, _token: dict[str, Any], request: Any, *_: Any, **__: Any) -> None:
        """One audit row, and the session's `token_issue`; the tokens themselves have no row."""
        standing: Standing | None = request.standing
        if standing is None:
            return
        is_first = request.grant_type == GrantType.AUTHORIZATION_CODE
        if is_first and standing.sign_in.session_id is not None:
            lifecycle.note_token_issue(
                tenant=request.tenant,
                session_id=standing.sign_in.session_id,
                origin=client_authentication.actor_of(request.client, request.http).origin,
            )
        recording.record(
            events.TOKENS_ISSUED if is_first else events.TOKENS_REFRESHED,
            actor=client_authentication.actor_of(request.client, request.http),
            tenant_id=request.tenant.id,
            subject=recording.Subject("user", standing.person.id, standing.person.username),
            data={"grant": str(standing.grant_id), "scopes": list(request.scopes)},
        )

    def invalidate_authorization_code(self, *_: Any, **__: Any) -> None:
        """Done by `validate_code`: there is no moment in which it could be used twice (defect 5)."""

    def is_origin_allowed(
        self, _client_id: str, origin: str, request: Any, *_: Any, **__: Any
    ) -> bool:
        """TK16: only origins registered for the client."""
        return origin in (request.client.allowed_origins or "").split()


def _still_open(standing: Standing, client: Any, asked: Sequence[str] = ()) -> list[str]:
    """What was granted, and asked for now, and is open to the client still: an operator who takes
    a scope away from a client takes it away from its standing grants too."""
    wanted = set(asked or standing.scopes) & set(client.allowed_scopes)
    return [scope for scope in standing.scopes if scope in wanted]


def _own_scopes(client: Any) -> frozenset[str]:
    return frozenset(client.allowed_scopes) - scope_words.IDENTITY
