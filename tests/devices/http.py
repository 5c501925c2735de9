"""A browser without script: keeps cookies, follows redirects, fills and posts forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

MOST_REDIRECTS = 10


@dataclass(slots=True)
class Form:
    """A form as the browser would post it: hidden and preset fields have their values."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    unchecked: set[str] = field(default_factory=set)
    text: str = ""

    def fill(self, **values: str) -> Self:
        """Set fields the form has.

        :raises LookupError: the form has no such field
        """
        for name, value in values.items():
            if name not in self.fields and name not in self.unchecked:
                offered = sorted({*self.fields, *self.unchecked})
                raise LookupError(f"no field {name!r} among {offered}")
            self.fields[name] = value
        return self


@dataclass(frozen=True, slots=True)
class Page:
    """An answer the browser stopped at."""

    url: str
    status: int
    headers: httpx.Headers
    text: str
    forms: list[Form]
    links: list[str]

    def form(self, *, action: str | None = None, having: str | None = None) -> Form:
        """The first form whose action contains ``action`` and that has a field ``having``.

        :raises LookupError: there is none
        """
        for form in self.forms:
            if (action is None or action in form.action) and (
                having is None or having in form.fields
            ):
                return form
        raise LookupError(f"no such form at {self.url} ({self.status}): {self.text[:500]}")


class Browser:
    """One person's browser; ``base`` resolves paths given alone.

    Redirects are followed one by one, as a browser does, up to an address that starts with one of
    ``stop_at``: that answer is returned unfollowed, with its ``location`` header.
    """

    def __init__(self, base: str, *, stop_at: tuple[str, ...] = ()) -> None:
        self.base = base
        self.stop_at = stop_at
        self.history: list[tuple[str, str, int]] = []
        # Proxies of the environment have no place in front of a server under test.
        self._client = httpx.Client(trust_env=False, timeout=30, headers={"Accept": "text/html"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def get(self, url: str, *, follow: bool = True) -> Page:
        """The page at ``url``, after its redirects."""
        return self._go("GET", urljoin(self.base, url), None, None, follow=follow)

    def post(
        self, url: str, fields: dict[str, str], *, origin: str | None = None, follow: bool = True
    ) -> Page:
        """Post fields that no page offered; ``origin`` is who pretends to have."""
        return self._go("POST", urljoin(self.base, url), fields, origin, follow=follow)

    def submit(self, page: Page, form: Form | None = None, *, follow: bool = True) -> Page:
        """Press the form's first button (the page's first form unless one is given)."""
        form = form or page.form()
        fields = dict(form.fields)
        if form.buttons:
            name, value = form.buttons[0]
            if name:
                fields.setdefault(name, value)
        if form.method == "get":
            target = str(httpx.URL(form.action).copy_merge_params(fields))
            return self._go("GET", target, None, None, follow=follow)
        parts = urlsplit(page.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return self._go("POST", form.action, fields, origin, referer=page.url, follow=follow)

    def _go(
        self,
        method: str,
        url: str,
        fields: dict[str, str] | None,
        origin: str | None,
        *,
        referer: str | None = None,
        follow: bool,
    ) -> Page:
        for _ in range(MOST_REDIRECTS):
            headers = {}
            if method == "POST" and origin:
                headers["Origin"] = origin
            if referer:
                headers["Referer"] = referer
            response = self._client.request(method, url, data=fields, headers=headers)
            self.history.append((method, url, response.status_code))
            location = response.headers.get("location")
            if location is None or not follow:
                return _page(response)
            target = urljoin(url, location)
            if target.startswith(self.stop_at) and self.stop_at:
                return _page(response)
            if response.status_code not in {307, 308}:
                method, fields = "GET", None
            url = target
        raise RuntimeError(f"more than {MOST_REDIRECTS} redirects, the last to {url}")


def _page(response: httpx.Response) -> Page:
    url = str(response.url)
    reader = _Reader(url)
    if "html" in response.headers.get("content-type", ""):
        reader.feed(response.text)
    return Page(
        url, response.status_code, response.headers, response.text, reader.forms, reader.links
    )


class _Reader(HTMLParser):
    """Collects forms and links; a control counts for the form it stands in."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self.url, given["href"]))
        elif tag == "form":
            action = urljoin(self.url, given.get("action") or self.url)
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        kind = given.get("type", "submit" if tag == "button" else "text").lower()
        if tag in {"button", "input"} and kind in {"submit", "image"}:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "option" and self._select:
            # Without a chosen option a browser sends the first.
            if "selected" in given or self._select not in form.fields:
                form.fields[self._select] = given.get("value", "")
        elif not name or "disabled" in given:
            return
        elif tag == "input" and kind in {"checkbox", "radio"}:
            if "checked" in given:
                form.fields[name] = given.get("value", "on")
            else:
                form.unchecked.add(name)
        elif tag == "input":
            form.fields[name] = given.get("value", "")
        elif tag == "textarea":
            form.fields[name] = ""
            self._area = name
        elif tag == "select":
            self._select = name

    def handle_data(self, data: str) -> None:
        if self._form is not None:
            if self._area is not None:
                self._form.fields[self._area] += data
            self._form.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
