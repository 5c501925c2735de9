"""A page with one component on it, and an ear for what it announces."""

from typing import Any

from playwright.sync_api import Locator, Page

from tests.vectors.zkp.browser.counterpart import Counterpart

SCRIPT = '<script type="module" src="/static/zkp/components/{name}.js"></script>'


def show(page: Page, server: Counterpart, name: str, body: str) -> None:
    """The page with ``body``, and an ear for what the components announce."""
    server.head = SCRIPT.format(name=name)
    server.body = body
    page.goto(server.origin)
    page.evaluate(
        """() => { window.heard = [];
        document.addEventListener("signet-change", ({ detail }) => heard.push(detail.complete)); }"""
    )


def value(element: Locator) -> Any:
    return element.evaluate("element => element.value")


def heard(page: Page) -> Any:
    return page.evaluate("heard")
