"""A small HTTP client in the shape that authlib's OAuth client expects of a session.

The usual libraries would cost this process a fifth of its memory, and follow redirects and read
proxy settings and ``.netrc``, none of which belongs in a conversation that carries a secret.
"""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode, urlsplit

from identity.demo.faults import unreachable

TIMEOUT_SECONDS = 10
# Far above any discovery document or key set, far below what would hurt.
LARGEST_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, redirects included: none is followed."""

    status_code: int
    content_type: str
    body: bytes

    def json(self) -> Any:
        """The body as JSON.

        :raises ValueError: it is not
        """
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        """:raises ProviderUnreachable: the status says that the request failed."""
        if self.status_code >= HTTPStatus.BAD_REQUEST:
            raise unreachable(f"The provider answered with HTTP status {self.status_code}.")


class Signer(Protocol):
    """authlib's client and bearer authentication."""

    def prepare(
        self, method: str, uri: str, headers: dict[str, str], body: str
    ) -> tuple[str, dict[str, str], str]: ...


class Session:
    """Opens a connection per request: a relying party asks a handful of times per sign-in."""

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """:raises ProviderUnreachable: no connection, no HTTP, or too large an answer."""
        return self._request("GET", url, {"Accept": "application/json", **(headers or {})}, "")

    def post(
        self,
        url: str,
        data: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        auth: Signer | None = None,
    ) -> Answer:
        """Post a form, authenticated by ``auth``.

        :raises ProviderUnreachable: no connection, no HTTP, or too large an answer
        """
        body = urlencode(data)
        prepared = dict(headers or {})
        if auth is not None:
            url, prepared, body = auth.prepare("POST", url, prepared, body)
        return self._request("POST", url, prepared, body)

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: str) -> Answer:
        parts = urlsplit(url)
        open_connection = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        connection = open_connection(parts.netloc, timeout=TIMEOUT_SECONDS)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body.encode() or None, dict(headers))
            response = connection.getresponse()
            content = response.read(LARGEST_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as fault:
            raise unreachable(f"{parts.netloc}: {fault}") from fault
        finally:
            connection.close()
        if len(content) > LARGEST_ANSWER_BYTES:
            raise unreachable(f"{parts.netloc}: the answer is larger than 1 MiB.")
        return Answer(response.status, response.headers.get_content_type(), content)


def client_secret_basic(
    client: Any, _method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """RFC 6749 §2.3.1: id and secret are form-encoded before they are joined with a colon.

    authlib's own method leaves the encoding out, which breaks a secret that holds ``%`` or ``:``.
    """
    joined = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    encoded = base64.b64encode(joined.encode()).decode()
    return uri, {**headers, "Authorization": f"Basic {encoded}"}, body
