"""An HTTP answer of the demo, before it is put on the wire."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


def html(page: str, *, status: int = 200) -> Answer:
    return Answer(status, page.encode(), [("Content-Type", "text/html; charset=utf-8")])


def redirect(address: str, *headers: tuple[str, str]) -> Answer:
    """303: whatever the browser sent here, it fetches the next page with GET."""
    return Answer(303, b"", [("Location", address), *headers])
