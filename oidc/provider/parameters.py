"""Parameters as they came: each at most once, no NUL, nothing huge (RFC 6749 §3.1, §3.2)."""

from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from django.http import HttpRequest

FORM: Final = "application/x-www-form-urlencoded"
# An id_token_hint signed with RSA and a state of 4096 percent-encoded characters fit.
MAX_BYTES: Final = 32 * 1024
# The longest requests of the specifications that discovery names have about 25.
MAX_FIELDS: Final = 60
# RFC 8707 §2: the only parameter that may be repeated.
_REPEATABLE: Final = frozenset({"resource"})


class Malformed(Exception):
    """The request cannot be read. `description` is safe to show; `status` is HTTP's."""

    def __init__(self, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names and values; `repeated` are the names that came more than once.

    A parameter without a value counts as omitted (RFC 6749 §3.1).
    """

    values: dict[str, str]
    repeated: frozenset[str]

    def get(self, name: str) -> str:
        """The value, or ""."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.values


def of_form(request: HttpRequest) -> Parameters:
    """The form's parameters, each once; none may stand in the query (RFC 6749 §2.3.1, §3.2).

    Raises Malformed.
    """
    if request.META.get("QUERY_STRING"):
        raise Malformed("Parameters belong in the body, not in the address")
    found = _read([_body(request)])
    if found.repeated:
        raise Malformed("A parameter was given more than once")
    return found


def of_either(request: HttpRequest) -> Parameters:
    """Query and form as one: what stands in both is repeated. Raises Malformed."""
    parts = [request.META.get("QUERY_STRING", "")]
    if request.method == "POST":
        parts.append(_body(request))
    return _read(parts)


def _body(request: HttpRequest) -> str:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Malformed("The body has no length") from None
    if length == 0:
        return ""
    content_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise Malformed(f"The body must be {FORM}")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Malformed("The body must not be compressed")
    if length > MAX_BYTES:
        raise Malformed("The body is too large", 413)
    try:
        # The encoded form is ASCII; percent-escapes are decoded, strictly, below.
        return request.body.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("The body is not a form") from None


def _read(parts: list[str]) -> Parameters:
    pairs: list[tuple[str, str]] = []
    for part in parts:
        if len(part) > MAX_BYTES:
            raise Malformed("The request is too large", 413)
        try:
            pairs += parse_qsl(
                part, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
            )
        except ValueError:
            raise Malformed("The parameters cannot be read") from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise Malformed("A parameter contains a NUL")
    counts = Counter(name for name, _ in pairs)
    repeated = frozenset(name for name, count in counts.items() if count > 1) - _REPEATABLE
    return Parameters({name: value for name, value in pairs if value}, repeated)
