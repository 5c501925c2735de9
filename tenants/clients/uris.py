"""The grammar of the absolute URIs that clients register (RFC 3986), and nothing more lenient.

Parsers disagree about white space, backslashes, credentials and capital letters; what they could
disagree about is refused at registration, so that later only bytes are compared.
"""

import re
from typing import Final, NamedTuple

_URI: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*):"
    r"(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)"
    r"(?P<query>\?[^#]*)?"
)
# pchar, "/" and "?" (RFC 3986 §3.3, §3.4), without "*", which people write to mean "anything".
_TEXT: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_AUTHORITY: Final = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\])(?::(?P<port>[1-9][0-9]{{0,4}}))?"
)
_DOT_SEGMENT: Final = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")
_LONGEST_HOST: Final = 253
_HIGHEST_PORT: Final = 65_535


class Uri(NamedTuple):
    """The parts of an acceptable URI; `host` is empty where there is no authority."""

    scheme: str
    host: str
    port: str
    path: str
    query: str


def parsed(text: str) -> Uri | None:
    """The parts, or None unless `text` is an absolute URI in one plain spelling.

    None for: a fragment, credentials, control characters, white space, backslashes, asterisks,
    non-ASCII, capitals in scheme or host, encoded or plain dot segments, NUL, CR or LF in encoded
    form, ports out of range.
    """
    found = _URI.fullmatch(text)
    if found is None or not text.isascii():
        return None
    path, query = found["path"], found["query"] or ""
    if not (_TEXT.fullmatch(path) and _TEXT.fullmatch(query)):
        return None
    # %2e is "." (§6.2.2.2); %00 to %1f are what header and log injections are made of.
    if re.search(r"%(2e|[01][0-9a-f]|7f|5c)", path + query, re.IGNORECASE):
        return None
    if _DOT_SEGMENT.search(path):
        return None
    if found["authority"] is None:
        return Uri(found["scheme"], "", "", path, query)
    authority = _AUTHORITY.fullmatch(found["authority"])
    if authority is None or len(authority["host"]) > _LONGEST_HOST:
        return None
    if int(authority["port"] or 0) > _HIGHEST_PORT:
        return None
    return Uri(found["scheme"], authority["host"], authority["port"] or "", path, query)
