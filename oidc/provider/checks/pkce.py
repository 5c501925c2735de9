"""Proof Key for Code Exchange, demanded of every client."""

import re
from typing import Final

from oidc.provider.errors import AuthorizationError
from oidc.provider.request import Asked

# Base64url of 32 bytes without padding.
_S256_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def challenge_is_given(asked: Asked) -> None:
    """RFC 7636 §4.4.1 and RFC 9700 §2.1.1: no code without a challenge (PK01)."""
    if not asked.code_challenge:
        raise AuthorizationError("invalid_request", "code_challenge is missing")


def method_is_s256(asked: Asked) -> None:
    """RFC 7636 §4.3: an omitted method means plain, and plain is refused (PK02)."""
    if asked.parameters.get("code_challenge_method") != "S256":
        raise AuthorizationError("invalid_request", "code_challenge_method must be S256")


def challenge_is_a_digest(asked: Asked) -> None:
    """RFC 7636 §4.2: BASE64URL-ENCODE(SHA256(ASCII(code_verifier))) has 43 characters."""
    if not _S256_FORM.fullmatch(asked.code_challenge):
        raise AuthorizationError("invalid_request", "code_challenge is not a SHA-256 digest")
