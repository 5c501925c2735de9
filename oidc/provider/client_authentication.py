"""Who calls a protocol endpoint: client_secret_basic and client_secret_post (RFC 6749 §2.3)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from django.http import HttpRequest
from oauthlib.oauth2 import InvalidClientError, InvalidRequestError, OAuth2Error

from authn.blocking import clients_guard
from identity.audit import recording
from identity.kernel.actors import Actor, ActorKind, anonymous
from identity.kernel.client_events import origin_of
from oidc.provider import events
from oidc.provider.parameters import Parameters
from tenants.clients import authentication, directory
from tenants.clients.models import Client
from tenants.registry.models import Tenant

METHODS: Final = ("client_secret_basic", "client_secret_post", "none")
_BASIC: Final = "basic"


class SlowDownError(OAuth2Error):  # type: ignore[misc]  # no types
    """Too many wrong secrets from here: 429, for right and wrong ones alike (CA10)."""

    error = "slow_down"
    status_code = 429

    def __init__(self, retry_after_seconds: int, **more: Any) -> None:
        super().__init__(description="Too many attempts", **more)
        self.retry_after_seconds = max(1, retry_after_seconds)

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 §10.2.3."""
        return {"Retry-After": str(self.retry_after_seconds)}


@dataclass(frozen=True, slots=True)
class Presented:
    """What a caller says about itself, still unproved."""

    client_id: str
    secret: str


def authenticate(*, tenant: Tenant, http: HttpRequest, form: Parameters) -> Client:
    """The client that calls: proved if it is confidential, only named if it is public.

    Raises InvalidClientError (nobody, unknown, disabled, wrong or missing secret),
    InvalidRequestError (two ways at once), SlowDownError. No statement for a known client with the
    right secret.
    """
    presented = present(http, form)
    origin = origin_of(http)
    stopped = clients_guard.check(tenant=tenant, client_id=presented.client_id, origin=origin)
    if stopped is not None:
        raise SlowDownError(stopped.retry_after_seconds)
    client = directory.find(tenant.id, presented.client_id)
    if client is not None and not client.is_confidential and not client.is_disabled:
        # Whatever it sends as a secret proves nothing: it has none (CA12).
        return client
    # Unknown and disabled clients cost the same work as known ones (CA01).
    is_right = authentication.authenticate(client=client, secret=presented.secret)
    if client is not None and is_right and not client.is_disabled:
        return client
    if presented.secret:
        clients_guard.fail(tenant=tenant, client_id=presented.client_id, origin=origin)
        if client is not None:
            recording.record(
                events.CLIENT_NOT_AUTHENTICATED,
                actor=anonymous(origin, tenant.id),
                tenant_id=tenant.id,
                subject=recording.Subject("client", client.pk, client.client_id),
                outcome=recording.Outcome.FAILURE,
                reason="client_disabled" if client.is_disabled else "wrong_secret",
            )
    raise InvalidClientError


def actor_of(client: Client, http: HttpRequest) -> Actor:
    """The client as the actor of a command."""
    return Actor(
        ActorKind.CLIENT,
        id=client.pk,
        label=client.client_id,
        tenant_id=client.tenant_id,
        origin=origin_of(http),
    )


def present(http: HttpRequest, form: Parameters) -> Presented:
    """Read the header or the form. Raises InvalidRequestError if both carry a secret (TK09)."""
    header = http.META.get("HTTP_AUTHORIZATION", "")
    in_form = Presented(form.get("client_id"), form.get("client_secret"))
    if not header:
        if not in_form.client_id:
            raise InvalidClientError
        return in_form
    in_header = _basic(header)
    if in_form.secret or in_form.client_id not in {"", in_header.client_id}:
        raise InvalidRequestError(description="The client named itself in two ways")
    return in_header


def _basic(header: str) -> Presented:
    """RFC 6749 §2.3.1: both halves are form-encoded before they are joined (CA02)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != _BASIC:
        raise InvalidClientError
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
        client_id, separator, secret = pair.partition(":")
        found = Presented(
            unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
        )
    except (binascii.Error, ValueError):
        raise InvalidClientError from None
    if not separator or not found.client_id or "\x00" in found.client_id + found.secret:
        raise InvalidClientError
    return found
