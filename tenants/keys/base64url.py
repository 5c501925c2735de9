"""Base64url without padding (RFC 7515 §2), in its one canonical spelling."""

import base64


def encoded(raw: bytes) -> bytes:
    """The bytes as unpadded base64url, ASCII."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def decoded(text: str | bytes) -> bytes:
    """What `encoded` made of it. Raises ValueError for every other spelling.

    Python's decoder skips unknown characters and ignores leftover bits: without this check one
    token has many spellings, and a list of revoked ones misses all but one.
    """
    spelling = text.encode("ascii") if isinstance(text, str) else text
    raw = base64.urlsafe_b64decode(spelling + b"=" * (-len(spelling) % 4))
    if encoded(raw) != spelling:
        raise ValueError("not canonical base64url")
    return raw
