"""Every page and letter, in every state, read as a browser would read it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template import loader
from django.test import RequestFactory

from tenants.registry.models import Tenant
from tests.builders.page_contexts import LETTERS, PAGES

STATES = [(name, state) for name, states in PAGES.items() for state in states]
LETTER_STATES = [(name, state) for name, states in LETTERS.items() for state in states]

LETTER_TOPICS = [
    "verification",
    "new_sign_in",
    "picture_guessed",
    "address_taken",
    "email_changed",
    "password_reset",
]

FETCHING = {"link": "href", "script": "src", "img": "src", "use": "href", "iframe": "src"}
UNLABELLED = {"hidden", "submit", "button"}


class Page(HTMLParser):
    """What the checks below need to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings = 0
        self.ids: list[str] = []
        self.label_targets: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.forms_without_token = 0
        self._is_in_posting_form = False
        self._has_token = False
        self.inline_code = ""
        self._element = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._element = tag
        self.elements.append((tag, found))
        self.headings += tag == "h1"
        if identifier := found.get("id"):
            self.ids.append(identifier)
        if tag == "label" and (target := found.get("for")):
            self.label_targets.add(target)
        if tag in {"input", "select", "textarea"}:
            self.inputs.append(found)
            self._has_token |= found.get("name") == "csrfmiddlewaretoken"
        if tag == "form" and found.get("method") == "post":
            self._is_in_posting_form, self._has_token = True, False

    def handle_endtag(self, tag: str) -> None:
        self._element = ""
        if tag == "form" and self._is_in_posting_form:
            self.forms_without_token += not self._has_token
            self._is_in_posting_form = False

    def handle_data(self, data: str) -> None:
        if self._element in {"script", "style"}:
            self.inline_code += data.strip()


def render(name: str, context: dict[str, Any]) -> str:
    return loader.get_template(name).render(context, RequestFactory().get("/"))


def read(name: str, state: str) -> Page:
    return Page(render(name, PAGES[name][state]))


@pytest.mark.parametrize(("name", "state"), STATES)
def test_a_page_has_one_heading_of_the_first_rank(name: str, state: str) -> None:
    """House rule for templates: "Semantic HTML, one `h1`"."""
    assert read(name, state).headings == 1


@pytest.mark.parametrize(("name", "state"), STATES)
def test_every_field_a_person_fills_has_a_label(name: str, state: str) -> None:
    """WCAG 2.2, 3.3.2: labels or instructions are provided when content requires user input."""
    page = read(name, state)

    visible = [
        field
        for field in page.inputs
        if field.get("type") not in UNLABELLED and "hidden" not in field
    ]

    assert all(field["id"] in page.label_targets for field in visible)
    assert all(field.get("autocomplete") for field in visible)


@pytest.mark.parametrize(("name", "state"), STATES)
def test_what_describes_an_element_is_on_the_page_once(name: str, state: str) -> None:
    """WCAG 2.2, 1.3.1: an `aria-describedby` that points nowhere tells nobody anything."""
    page = read(name, state)

    referred = {
        target
        for _, attributes in page.elements
        for key in ("aria-describedby", "aria-labelledby")
        for target in (attributes.get(key) or "").split()
    }

    assert referred <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize(("name", "state"), STATES)
def test_a_page_carries_no_style_or_script_of_its_own(name: str, state: str) -> None:
    """WB07: the policy is `default-src 'self'`, without unsafe-inline."""
    page = read(name, state)

    handlers = [
        key
        for _, attributes in page.elements
        for key in attributes
        if key == "style" or key.startswith("on")
    ]

    assert handlers == []
    assert page.inline_code == ""


@pytest.mark.parametrize(("name", "state"), STATES)
def test_a_page_fetches_nothing_from_elsewhere(name: str, state: str) -> None:
    """WB07: a browser that signs in speaks to this server alone; client logos are not an exception."""
    page = read(name, state)

    fetched = [
        attributes.get(FETCHING[tag]) or "" for tag, attributes in page.elements if tag in FETCHING
    ]

    assert all(re.match(r"/(?!/)", address) for address in fetched)


@pytest.mark.parametrize(("name", "state"), STATES)
def test_every_form_that_changes_something_carries_a_token(name: str, state: str) -> None:
    """WB01: a form without a token cannot be told from a forged one."""
    assert read(name, state).forms_without_token == 0


@pytest.mark.parametrize("name", ["login/identifier.html", "login/password.html"])
def test_a_refused_step_announces_its_notice_and_does_not_steal_the_focus(name: str) -> None:
    """design: "After a refused step focus moves to the notice (`role="alert" tabindex="-1"`)"."""
    page = read(name, "refused")

    alerts = [found for _, found in page.elements if found.get("role") == "alert"]

    assert [found.get("tabindex") for found in alerts] == ["-1"]
    assert not any("autofocus" in field for field in page.inputs)


def test_a_field_error_is_tied_to_its_field() -> None:
    """WCAG 2.2, 3.3.1: the item that is in error is identified and described in text."""
    page = read("login/identifier.html", "refused")

    field = next(field for field in page.inputs if field.get("name") == "identifier")

    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "identifier-notes"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "in a minute"),
        (60, "in a minute"),
        (61, "in 2 minutes"),
        (150, "in 3 minutes"),
        (239, "in 4 minutes"),
        (5400, "in 90 minutes"),
        (86400, "in 24 hours"),
    ],
)
def test_a_pause_is_never_told_shorter_than_it_is(seconds: int, words: str) -> None:
    """RFC 9110, 10.2.3: Retry-After is how long the user agent ought to wait before a new request."""
    html = render("login/blocked.html", {"retry_after": seconds})

    assert words in re.sub(r"\s+", " ", html)


def test_what_people_typed_is_shown_as_text() -> None:
    """WB05: a name made of markup stays a name."""
    context = PAGES["login/password.html"]["plain"] | {"identifier": "<img src=x onerror=alert(1)>"}

    html = render("login/password.html", context)

    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_a_house_without_a_name_goes_by_its_slug() -> None:
    """Contract 2.8: display_name may be empty; a page still says whose it is."""
    html = render("login/expired.html", {"tenant": Tenant(slug="nameless")})

    assert '<span class="logo">nameless</span>' in html


def test_the_name_of_a_house_is_escaped_once() -> None:
    """WB05: a name made of markup stays a name, and an ampersand is not written out twice."""
    html = render("login/expired.html", {"tenant": Tenant(slug="a", display_name="<b>M&S</b>")})

    assert html.count("&lt;b&gt;M&amp;S&lt;/b&gt;") == 2
    assert "<b>M" not in html


@pytest.mark.parametrize(("name", "state"), LETTER_STATES)
def test_a_letter_fetches_nothing_when_it_is_opened(name: str, state: str) -> None:
    """design: "No pictures, no tracking": opening a letter tells nobody."""
    letter = render(name, LETTERS[name][state])

    assert not re.search(r"<(img|link|script|iframe)|url\(|@import", letter)


@pytest.mark.parametrize("topic", LETTER_TOPICS)
def test_a_letter_as_text_begins_with_its_subject_and_escapes_nothing(topic: str) -> None:
    """mail/<topic>.txt: the first line is the subject; the rest is plain text, never HTML."""
    name = f"mail/{topic}.txt"
    user = {"name": "Mara & O'Neill", "username": "mara"}

    letter = render(name, LETTERS[name]["plain"] | {"user": user})

    head, blank, *_ = letter.splitlines()
    assert head.startswith("Subject: ")
    assert blank == ""
    assert "Mara & O'Neill" in letter


def test_every_template_has_a_sample() -> None:
    """A page without a sample is a page nobody has looked at."""
    rooms = ("login", "image", "security", "consents", "errors", "account", "dev", "mail")
    root = Path(__file__).resolve().parents[2] / "templates"

    pages = {
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).iterdir()
        if not path.name.startswith("_")
    }

    assert pages <= set(PAGES) | set(LETTERS)
