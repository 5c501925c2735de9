"""What must not be there, or not be so large."""

from oidc.provider.errors import AuthorizationError
from oidc.provider.request import Asked

# Widths of the columns that hold them while a person signs in.
MAX_STATE_CHARACTERS = 4096
MAX_NONCE_CHARACTERS = 512


def nothing_is_repeated(asked: Asked) -> None:
    """RFC 6749 §3.1: request parameters must not be included more than once (AZ05, AZ06)."""
    if asked.parameters.repeated:
        name = min(asked.parameters.repeated)[:40]
        raise AuthorizationError("invalid_request", f"{_plain(name)} was given more than once")


def no_request_object(asked: Asked) -> None:
    """OpenID Connect Core §6.1: unsupported, so `request` is answered request_not_supported."""
    if "request" in asked.parameters:
        raise AuthorizationError("request_not_supported")


def no_request_uri(asked: Asked) -> None:
    """OpenID Connect Core §6.2: unsupported; nothing is fetched (AZ16)."""
    if "request_uri" in asked.parameters:
        raise AuthorizationError("request_uri_not_supported")


def no_registration(asked: Asked) -> None:
    """OpenID Connect Core §7.2.1: self-issued providers only."""
    if "registration" in asked.parameters:
        raise AuthorizationError("registration_not_supported")


def texts_fit(asked: Asked) -> None:
    """RFC 6749 §4.1.2.1, invalid_request: a value that cannot be kept whole is refused (AZ08)."""
    if len(asked.client_state) > MAX_STATE_CHARACTERS:
        raise AuthorizationError("invalid_request", "state is too long")
    if len(asked.nonce) > MAX_NONCE_CHARACTERS:
        raise AuthorizationError("invalid_request", "nonce is too long")


def _plain(name: str) -> str:
    # RFC 6749 §4.1.2.1 allows printable ASCII without quote and backslash in error_description.
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "_-")) or "A parameter"
