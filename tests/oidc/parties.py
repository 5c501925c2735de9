"""A relying party and a browser that meet in this process: no sockets, one database transaction."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from identity.tenancy.scope import tenant_scope
from oidc.provider.issuer import issuer_of
from tenants.clients.registration import Registered
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.clients import a_client
from tests.builders.signing_in import Browser, a_person
from tests.builders.tenants import a_tenant
from tests.devices.relying_party import Answer, Asked, Authentication, RelyingParty, answer_in

CALLBACK = "https://app.example.com/cb"
EVERY_GRANT = ["authorization_code", "refresh_token", "client_credentials"]
SCOPES = ["openid", "profile", "email", "offline_access", "reports:read"]


class _SameConnection:
    """Runs requests in the test's own transaction, as Django's test client does."""

    def __init__(self) -> None:
        self._handler = WSGIHandler()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        try:
            response = self._handler(environ, start_response)
            parts = list(response)
            response.close()
        finally:
            for signal in (request_started, request_finished):
                signal.connect(close_old_connections)
        return parts


class App(RelyingParty):
    """The independent client, wired to the WSGI application of this process."""

    def __init__(
        self,
        tenant: Tenant,
        registered: Registered,
        *,
        authentication: Authentication | None = None,
        redirect_uri: str = CALLBACK,
    ) -> None:
        client, secret = registered
        super().__init__(
            issuer=issuer_of(tenant),
            client_id=client.client_id,
            client_secret=secret.reveal() if secret else "",
            redirect_uri=redirect_uri,
            authentication=authentication or ("basic" if secret else "none"),
        )
        self.client = client
        self.tenant = tenant
        self._http.close()
        self._http = httpx.Client(
            transport=httpx.WSGITransport(app=_SameConnection()), follow_redirects=False
        )

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request to the issuer, with nothing of the client's."""
        url = path if path.startswith("http") else f"{self.issuer}{path}"
        return self._http.request(method, url, **more)


@dataclass
class Scene:
    """One tenant with one person, one application and that person's browser."""

    tenant: Tenant
    user: User
    app: App
    browser: Browser

    def authorize(self, *, scope: str = "openid", **parameters: Any) -> tuple[Asked, Any]:
        """The browser follows the application to /authorize; not redirected further."""
        asked = self.app.ask(scope=scope, **parameters)
        return asked, self.browser.get(path_of(asked.url))

    def sign_in(self, response: Any) -> Any:
        """Name and password on the page that /authorize led to; returns the answer of resume."""
        done = self.browser.sign_in(self.user.username, attempt=response.headers["Location"])
        assert done.status_code == 303, done.content
        return self.browser.get(done.headers["Location"])

    def code(self, *, scope: str = "openid", **parameters: Any) -> tuple[Asked, str]:
        """A fresh code for `scope`, whatever it takes."""
        asked, response = self.authorize(scope=scope, **parameters)
        location = response.headers["Location"]
        if location.startswith("/sign-in/") and "oidc/consent" not in location:
            response = self.sign_in(response)
            location = response.headers["Location"]
        if "oidc/consent" in location:
            response = self.browser.post(location, decision="allow")
            location = response.headers["Location"]
        found = answer_in(location)
        assert "code" in found, found
        return asked, found["code"]

    def tokens(self, *, scope: str = "openid", **parameters: Any) -> Answer:
        """The token answer for a fresh code."""
        asked, code = self.code(scope=scope, **parameters)
        answer = self.app.exchange(code, asked)
        assert answer.status == 200, answer.text
        return answer

    def is_dead(self, tokens: Answer) -> bool:
        """FAM: nothing of the grant works any more."""
        access, refresh = tokens["access_token"], tokens.body.get("refresh_token")
        dead = [
            self.app.userinfo(access).status == 401,
            self.app.introspect(access).body == {"active": False},
        ]
        if refresh:
            dead.append(self.app.refresh(refresh).body.get("error") == "invalid_grant")
        assert len(set(dead)) == 1, dead
        return dead[0]


def a_scene(*, slug: str | None = None, policy: Any = None, **metadata: Any) -> Scene:
    """A tenant with everything that a flow needs. Keywords are the client's metadata."""
    tenant = a_tenant(slug, **(policy or {}))
    with tenant_scope(tenant.id):
        user = a_person(tenant, "ada", name="Ada Lovelace", email="ada@example.com")
        registered = an_app(tenant, **metadata)
    return Scene(tenant, user, App(tenant, registered), Browser(tenant))


def an_app(tenant: Tenant, client_id: str | None = None, **metadata: Any) -> Registered:
    """A first-party client with every grant, unless told otherwise."""
    given = {
        "grant_types": EVERY_GRANT,
        "allowed_scopes": SCOPES,
        "redirect_uris": [CALLBACK],
        "skip_consent": True,
        **metadata,
    }
    if given.get("client_type") == "public":
        given["grant_types"] = [g for g in given["grant_types"] if g != "client_credentials"]
    return a_client(tenant, client_id, **given)


def path_of(url: str) -> str:
    """Path and query, for a browser that knows its origin."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
