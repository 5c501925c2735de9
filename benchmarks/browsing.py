"""Cookies and forms of one browser without script."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from benchmarks.connection import Connection, Request, Response


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    has_password: bool = False


def forms_of(page: bytes) -> list[Form]:
    """The forms of a page, with the values a browser would send unasked."""
    reader = _Forms()
    reader.feed(page.decode("utf-8", "replace"))
    return reader.forms


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input" and self.forms and given.get("name"):
            kind = given.get("type", "text").lower()
            form = self.forms[-1]
            form.has_password = form.has_password or kind == "password"
            is_unchecked = kind in {"checkbox", "radio"} and "checked" not in given
            if kind not in {"submit", "button", "image", "reset"} and not is_unchecked:
                form.fields[given["name"]] = given.get("value", "")


class Browser:
    """A cookie jar over one connection; speaks with the target's own host and port alone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.url = f"http://{connection.host}:{connection.port}/"
        self._jar: dict[str, tuple[str, str]] = {}

    async def go(self, method: str, url: str, form: dict[str, str] | None = None) -> Response:
        """The answer, redirects not followed."""
        url = urljoin(self.url, url)
        parts = urlsplit(url)
        headers = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]
        cookies = [
            f"{name}={value}"
            for name, (value, path) in self._jar.items()
            if (parts.path or "/").startswith(path)
        ]
        if cookies:
            headers.append(("Cookie", "; ".join(cookies)))
        if method == "POST":
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            headers.append(("Origin", f"{parts.scheme}://{parts.netloc}"))
            headers.append(("Referer", self.url))
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        body = urlencode(form).encode() if form is not None else b""
        response = await self.connection.send(Request(method, target, tuple(headers), body))
        self.url = url
        for name, value in response.headers:
            if name == "set-cookie":
                self._keep(value)
        return response

    def _keep(self, cookie: str) -> None:
        pair, *attributes = cookie.split(";")
        name, _, value = pair.partition("=")
        known = {
            key.strip().lower(): given
            for key, _, given in (attribute.partition("=") for attribute in attributes)
        }
        is_gone = known.get("max-age") == "0" or "1970" in known.get("expires", "")
        if is_gone or value in {"", '""'}:
            self._jar.pop(name, None)
        else:
            self._jar[name] = (value, known.get("path", "/"))
