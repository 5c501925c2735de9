"""Discovery and keys answered in front of Django: they are the same bytes for everybody.

They are asked for more often than anything else, and a middleware stack costs ten times what the
answer does. Only what the process knows already is answered (tenant and keys are invalidated
within a second); all else, and every other method, host or path, goes the ordinary way.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from oidc.provider import discovery
from oidc.provider.issuer import PREFIX

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_MARK = "/.well-known/"


def in_front_of(application: Application, public_url: str) -> Application:
    """`application`, with the well-known documents of tenants answered before it is asked."""
    host = urlsplit(public_url).netloc.lower()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if (
            environ.get("REQUEST_METHOD") == "GET"
            and path.startswith(PREFIX)
            and _MARK in path
            # Another host is another matter: hosts.HostMiddleware judges it (MX04).
            and environ.get("HTTP_HOST", "").lower() == host
        ):
            slug, _, name = path[len(PREFIX) :].partition(_MARK)
            prepared = discovery.known(slug, name)
            if prepared is not None:
                return _started(environ, start_response, prepared)
        return application(environ, start_response)

    return answer


def _started(
    environ: dict[str, Any], start_response: Callable[..., Any], prepared: discovery.Prepared
) -> Iterable[bytes]:
    headers = [*prepared.headers(), ("X-Request-Id", secrets.token_hex(8))]
    tag = environ.get("HTTP_IF_NONE_MATCH", "")
    if tag and discovery.is_fresh(prepared, tag):
        start_response("304 Not Modified", headers[1:])
        return []
    start_response("200 OK", [*headers, ("Content-Length", str(len(prepared.body)))])
    return [prepared.body]
