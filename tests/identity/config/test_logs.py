"""Log lines hold no secrets, whatever an event carries."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from identity.config import logs


@pytest.fixture
def json_lines(capsys: pytest.CaptureFixture[str]) -> Iterator["Lines"]:
    """Logging as in production; the lines written since."""
    logs.configure(is_json=True)
    yield Lines(capsys)
    logs.configure(is_json=False)


class Lines:
    """What was written to standard error, parsed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def read(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "client_secret",
        "Authorization",
        "access_token",
        "code",
        "Cookie",
    ],
)
def test_a_field_named_like_a_secret_is_redacted(name: str, json_lines: Lines) -> None:
    """House rule: secrets are never logged in clear."""
    structlog.get_logger("x").info("event", **{name: "s3cret"}, inner={name: "s3cret"})
    (line,) = json_lines.read()
    assert line[name] == logs.REDACTED
    assert line["inner"] == {name: logs.REDACTED}


def test_an_extra_of_a_library_is_redacted_too(json_lines: Lines) -> None:
    """Django and Celery log through the standard library."""
    logging.getLogger("some.library").warning("event", extra={"api_key": "s3cret", "size": 3})
    (line,) = json_lines.read()
    assert (line["api_key"], line["size"]) == (logs.REDACTED, 3)


def test_a_line_is_one_json_object_with_time_level_and_request(json_lines: Lines) -> None:
    """What a log collector reads."""
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("room").warning("something", user="ada")
    (line,) = json_lines.read()
    assert line["event"] == "something"
    assert (line["level"], line["logger"]) == ("warning", "room")
    assert (line["request_id"], line["user"]) == ("abc", "ada")
    assert str(line["timestamp"]).endswith("Z")


def test_an_exception_is_told_without_the_values_of_its_variables(json_lines: Lines) -> None:
    """A traceback with locals would hold the password that was being checked."""
    password = "correct horse battery staple"

    def fail(given: str) -> None:
        raise RuntimeError(str(len(given)))

    try:
        fail(password)
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
    text = json.dumps(json_lines.read())
    assert "RuntimeError" in text
    assert password not in text
