"""What the provider says of itself: discovery document and signing keys."""

import threading
import time
from http import HTTPStatus
from typing import Any, cast

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from identity.demo.faults import ProviderUnreachable, unreachable, untrusted
from identity.demo.transport import Session

REMEMBERED_SECONDS = 300
# A token may name a key that appeared after the set was fetched; forged key ids must not turn
# every request into another fetch.
KEYS_REFETCHED_AFTER_SECONDS = 5
# The demo may be started before its provider: 3 attempts bridge the second or so of a start.
ATTEMPTS = 3
PAUSE_SECONDS = 0.4


class Provider:
    """Fetches on first use and remembers for five minutes; safe to share between threads."""

    def __init__(self, issuer: str, session: Session) -> None:
        self.issuer = issuer
        self._session = session
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._metadata_at = 0.0
        self._keys = KeySet([])
        self._keys_at = 0.0

    def metadata(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery §4).

        :raises ProviderUnreachable: no answer after a few attempts
        :raises SignInFailed: the document speaks for another issuer
        """
        with self._lock:
            if not self._metadata or time.monotonic() > self._metadata_at + REMEMBERED_SECONDS:
                self._metadata = self._discover()
                self._metadata_at = time.monotonic()
            return self._metadata

    def endpoint(self, name: str) -> str:
        """:raises SignInFailed: the provider does not offer the endpoint."""
        address = self.metadata().get(name)
        if not isinstance(address, str):
            raise untrusted(f"The provider's discovery document names no {name}.")
        return address

    def keys(self, *, key_id: str | None) -> KeySet:
        """The signing keys, fetched anew if ``key_id`` is not among those remembered.

        :raises ProviderUnreachable: no answer
        """
        address = self.endpoint("jwks_uri")
        with self._lock:
            age = time.monotonic() - self._keys_at
            known = any(key.kid == key_id for key in self._keys)
            if (
                not self._keys_at
                or age > REMEMBERED_SECONDS
                or (not known and age > KEYS_REFETCHED_AFTER_SECONDS)
            ):
                self._keys = _key_set(self._document(address))
                self._keys_at = time.monotonic()
            return self._keys

    def _discover(self) -> dict[str, Any]:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                document = self._document(address)
                break
            except ProviderUnreachable:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE_SECONDS)
        # OpenID Connect Discovery §4.3: otherwise one provider could speak for another.
        if document.get("issuer") != self.issuer:
            raise untrusted(f"The discovery document names the issuer {document.get('issuer')!r}.")
        return document

    def _document(self, address: str) -> dict[str, Any]:
        answer = self._session.get(address)
        if answer.status_code != HTTPStatus.OK:
            raise unreachable(f"{address} answered with HTTP status {answer.status_code}.")
        try:
            document = answer.json()
        except ValueError as fault:
            raise unreachable(f"{address} did not answer with JSON.") from fault
        if not isinstance(document, dict):
            raise unreachable(f"{address} did not answer with a JSON object.")
        return document


def _key_set(document: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(cast("KeySetSerialization", document))
    except (JoseError, KeyError, ValueError) as fault:
        raise untrusted(f"The provider's key set cannot be read: {fault}") from fault
