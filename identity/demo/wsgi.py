"""The demo's pages as one WSGI application."""

import hmac
import secrets
from collections.abc import Callable, Iterable
from http import HTTPStatus
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl

from identity.demo import pages
from identity.demo.answers import Answer, html, redirect
from identity.demo.cookies import SESSION_COOKIE, cookie_value, session_cookie
from identity.demo.faults import ProviderUnreachable, SignInFailed
from identity.demo.relying_party import PROMPTS, RelyingParty, Wishes
from identity.demo.sessions import Session, Sessions
from identity.demo.settings import Settings

LARGEST_FORM_BYTES = 16 * 1024
_FILES = {
    "/static/demo.css": ("demo.css", "text/css; charset=utf-8"),
    "/static/mark.svg": ("mark.svg", "image/svg+xml"),
    "/favicon.ico": ("mark.svg", "image/svg+xml"),
}

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Environ = dict[str, Any]


class Application:
    """The WSGI callable; one per process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._relying_party = RelyingParty(settings)
        self._sessions = Sessions()
        folder = resources.files("identity.demo") / "static"
        self._files = {
            path: ((folder / name).read_bytes(), content_type)
            for path, (name, content_type) in _FILES.items()
        }
        self._routes: dict[tuple[str, str], Callable[[Environ, Session], Answer]] = {
            ("GET", "/"): self._start,
            ("GET", "/callback"): self._callback,
            ("GET", "/claims"): self._claims,
            ("POST", "/sign-in"): self._sign_in,
            ("POST", "/refresh"): self._refresh,
            ("POST", "/sign-out"): self._sign_out,
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        headers = [*answer.headers, *self._security_headers()]
        headers.append(("Content-Length", str(len(answer.body))))
        status = HTTPStatus(answer.status)
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: Environ) -> Answer:
        method = environ["REQUEST_METHOD"].replace("HEAD", "GET")
        path = environ.get("PATH_INFO", "/")
        # A foreign name that resolves to the loopback is how a web site reaches into it.
        if environ.get("HTTP_HOST") != self._settings.origin.removeprefix("http://"):
            return html(pages.not_found(), status=HTTPStatus.MISDIRECTED_REQUEST)
        if method == "GET" and path in self._files:
            body, content_type = self._files[path]
            return Answer(200, body, [("Content-Type", content_type)])
        if method == "GET" and path == "/healthz":
            return Answer(200, b"ok\n", [("Content-Type", "text/plain")])
        route = self._routes.get((method, path))
        if route is None:
            return html(pages.not_found(), status=HTTPStatus.NOT_FOUND)
        cookie = cookie_value(environ.get("HTTP_COOKIE", ""), SESSION_COOKIE)
        session = self._sessions.of(cookie)
        try:
            answer = route(environ, session)
        except ProviderUnreachable as fault:
            answer = html(pages.failed(fault), status=fault.status)
            if method == "GET" and path != "/callback":
                answer.headers.append(("Refresh", "3"))
        except SignInFailed as fault:
            answer = html(pages.failed(fault), status=fault.status)
        if session.key != cookie and not _sets_cookie(answer):
            answer.headers.append(session_cookie(session.key))
        return answer

    def _start(self, environ: Environ, session: Session) -> Answer:
        if session.signed_in is not None:
            return redirect("/claims")
        state = _query(environ).get("state", "")
        expected, session.sign_out_state = session.sign_out_state, None
        signed_out = expected is not None and hmac.compare_digest(state, expected)
        return html(
            pages.start(self._settings, form_token=session.form_token, signed_out=signed_out)
        )

    def _sign_in(self, environ: Environ, session: Session) -> Answer:
        form = _form(environ, session)
        prompt = form.get("prompt", "")
        max_age = form.get("max_age", "")
        wishes = Wishes(
            prompt=prompt if prompt in PROMPTS else "",
            max_age_seconds=int(max_age) if max_age.isascii() and max_age.isdigit() else None,
            offline="offline_access" in form,
        )
        address, request = self._relying_party.begin(wishes)
        session.remember(request)
        return redirect(address)

    def _callback(self, environ: Environ, session: Session) -> Answer:
        answer = _query(environ)
        request = session.requests.pop(answer.get("state", ""), None)
        if request is None:
            raise SignInFailed(
                "This sign-in was not begun here",
                "It was begun in another browser, or has been answered already. Nothing was used.",
                "state is unknown to this session",
            )
        signed_in = self._relying_party.complete(answer, request)
        renewed = self._sessions.renewed(session)
        renewed.signed_in = signed_in
        return redirect("/claims", session_cookie(renewed.key))

    def _claims(self, _environ: Environ, session: Session) -> Answer:
        if session.signed_in is None:
            return redirect("/")
        return html(pages.claims(self._settings, session.signed_in, form_token=session.form_token))

    def _refresh(self, environ: Environ, session: Session) -> Answer:
        _form(environ, session)
        with session.lock:
            if session.signed_in is not None:
                try:
                    session.signed_in = self._relying_party.refresh(session.signed_in)
                except ProviderUnreachable:
                    raise
                except SignInFailed:
                    # A spent or withdrawn refresh token never works again.
                    session.signed_in = None
                    raise
        return redirect("/claims")

    def _sign_out(self, environ: Environ, session: Session) -> Answer:
        _form(environ, session)
        signed_in = session.signed_in
        if signed_in is None:
            return redirect("/")
        # Here first: whatever the provider does, this application forgets its visitor.
        renewed = self._sessions.renewed(session)
        renewed.sign_out_state = secrets.token_urlsafe(16)
        cookie = session_cookie(renewed.key)
        try:
            address = self._relying_party.sign_out_address(signed_in, state=renewed.sign_out_state)
        except SignInFailed as fault:
            answer = html(pages.failed(fault), status=fault.status)
            answer.headers.append(cookie)
            return answer
        return redirect(address, cookie)

    def _security_headers(self) -> list[tuple[str, str]]:
        # Browsers hold the redirects after a posted form to form-action too: the provider's
        # origin is where signing in and signing out lead.
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action 'self' {self._settings.issuer_origin}"
        )
        return [
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            # The callback's address holds a code.
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ]


def _sets_cookie(answer: Answer) -> bool:
    return any(name == "Set-Cookie" for name, _ in answer.headers)


def _query(environ: Environ) -> dict[str, str]:
    return dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))


def _form(environ: Environ, session: Session) -> dict[str, str]:
    """The posted form, if it was made by a page of this session.

    :raises SignInFailed: it was posted by another site, or by a page of an ended session
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isdigit() else 0
    body = environ["wsgi.input"].read(min(size, LARGEST_FORM_BYTES))
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if not hmac.compare_digest(form.get("form_token", "").encode(), session.form_token.encode()):
        raise SignInFailed(
            "This page is out of date",
            "It belongs to a session that has ended. Go back to the start and try again.",
            "form_token does not belong to this session",
            status=403,
        )
    return form
