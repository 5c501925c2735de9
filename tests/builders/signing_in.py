"""Browsers that sign in, through the pages that people use."""

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from django.test import Client as Http

from authn.authenticators import passwords
from identity.kernel.actors import SYSTEM
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user

PASSWORD = "correct horse battery staple"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')


def a_person(tenant: Tenant, username: str | None = None, **profile: Any) -> User:
    """Somebody who can sign in with PASSWORD."""
    user = a_user(tenant, username, **profile)
    passwords.set_password(user=user, password=PASSWORD, actor=SYSTEM)
    return user


@dataclass
class Browser:
    """One browser at one tenant: keeps cookies, follows redirects on this origin by hand."""

    tenant: Tenant
    user_agent: str = FIREFOX
    address: str = "203.0.113.7"
    enforces_csrf: bool = False
    http: Http = field(init=False)

    def __post_init__(self) -> None:
        self.http = Http(
            enforce_csrf_checks=self.enforces_csrf,
            headers={"user-agent": self.user_agent, "host": "localhost:8000"},
            REMOTE_ADDR=self.address,
        )

    @property
    def cookies(self) -> SimpleCookie:
        """The cookie jar."""
        return self.http.cookies

    @property
    def session_cookie(self) -> str:
        """The tenant's session cookie; "" without one."""
        found = self.cookies.get(f"signet-{self.tenant.serial}")
        return found.value if found else ""

    def get(self, url: str, **headers: str) -> Any:
        """GET without following."""
        return self.http.get(url, headers=headers or None)

    def post(self, url: str, **data: str) -> Any:
        """POST a form without following."""
        return self.http.post(url, data)

    def start(self, query: str = "") -> str:
        """Open the tenant's own sign-in page; returns the address of the attempt."""
        answer = self.get(f"/sign-in/{self.tenant.slug}/{query}")
        assert answer.status_code == 303, answer.content
        return str(answer.headers["Location"])

    def at(self, page: str, attempt: str) -> str:
        """The address of another page of the attempt."""
        return attempt.replace(f"/{self.tenant.slug}/", f"/{self.tenant.slug}/{page}")

    def sign_in(self, username: str, password: str = PASSWORD, attempt: str = "") -> Any:
        """Name and password; returns the answer to the password."""
        attempt = attempt or self.start()
        named = self.post(self.at("identifier", attempt), identifier=username)
        assert named.status_code == 303, named.content
        return self.post(str(named.headers["Location"]), password=password)

    def is_signed_in(self) -> bool:
        """Whether the account page opens."""
        return bool(self.get(f"/account/{self.tenant.slug}/").status_code == 200)
