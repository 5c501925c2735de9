"""A whole sign-in: authorization request, sign-in pages, code, tokens."""

import asyncio
import base64
import hashlib
import itertools
import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks.browsing import Browser, Form, forms_of
from benchmarks.connection import Connection
from benchmarks.target import Target, TargetError

# authorize, two sign-in pages, their posts and redirects, consent: a dozen steps are many.
MOST_STEPS = 14
AT_ONCE = 4


class SignIn:
    """Signs the users of a target in, one after the other, each with a fresh cookie jar."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.trace: list[str] = []
        self._numbers = itertools.count()

    async def once(self, connection: Connection) -> dict[str, Any]:
        """One sign-in; the token response.

        :raises TargetError: a page or answer was not what a sign-in needs
        """
        client = self.target.client
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        question = {
            "response_type": "code",
            "client_id": client["id"],
            "redirect_uri": client["redirect_uri"],
            "scope": client["scope"],
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        location = await self._through_the_pages(Browser(connection), question)
        answer = dict(parse_qsl(urlsplit(location).query))
        if answer.get("state") != question["state"] or "code" not in answer:
            raise TargetError(f"no code: {location[:300]}")
        fields = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": client["redirect_uri"],
            "code_verifier": verifier,
        }
        response = await connection.send(self.target.form("token", client, fields))
        if response.status != 200:
            raise TargetError(f"token: {response.status} {response.body[:300]!r}")
        tokens: dict[str, Any] = json.loads(response.body)
        if "id_token" not in tokens:
            raise TargetError(f"token: no ID token in {sorted(tokens)}")
        return tokens

    def several(self, count: int) -> list[dict[str, Any]]:
        """The token responses of ``count`` sign-ins."""

        async def some(share: int) -> list[dict[str, Any]]:
            connection = Connection(self.target.host, self.target.port)
            done = [await self.once(connection) for _ in range(share)]
            connection.close()
            return done

        async def all_of_them() -> list[dict[str, Any]]:
            shares = [count // AT_ONCE + (n < count % AT_ONCE) for n in range(AT_ONCE)]
            done = await asyncio.gather(*(some(share) for share in shares))
            return list(itertools.chain.from_iterable(done))

        return asyncio.run(all_of_them())

    async def _through_the_pages(self, browser: Browser, question: dict[str, str]) -> str:
        """The redirect to the client at the end of all pages."""
        user = self.target.config["user"]
        number = next(self._numbers) % user["count"]
        words = {"username": f"user{number}", "password": user["password"]}
        known = self.target.config["login"]["fields"]
        answers = {name: text.format(**words) for name, text in known.items()}
        method, url = "GET", f"{self.target.path('authorization')}?{urlencode(question)}"
        form: dict[str, str] | None = None
        for _ in range(MOST_STEPS):
            response = await browser.go(method, url, form)
            self.trace.append(f"{method} {url[:100]} {response.status}")
            location = response.header("location")
            if location is None:
                chosen = self._form(response.body, answers)
                if chosen is None:
                    raise TargetError(f"{url[:100]}: {response.status}, no form to fill in")
                fields = {**chosen.fields}
                fields.update({k: v for k, v in answers.items() if k in chosen.fields})
                method, url, form = "POST", chosen.action or browser.url, fields
            elif location.startswith(self.target.client["redirect_uri"]):
                return location
            else:
                method, url, form = "GET", location, None
        raise TargetError(f"the sign-in goes in circles: {url[:100]}")

    def _form(self, page: bytes, answers: dict[str, str]) -> Form | None:
        forms = forms_of(page)
        asking = [form for form in forms if answers.keys() & form.fields.keys()]
        with_password = [form for form in asking if form.has_password]
        return next(iter(with_password or asking), None)
