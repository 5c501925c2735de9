"""How the person shall be asked."""

from typing import Final

from oidc.provider import id_tokens
from oidc.provider.errors import AuthorizationError
from oidc.provider.request import Asked

PROMPTS: Final = ("none", "login", "consent", "select_account")
# Ten years: more than any session lives, and it fits the column.
_LONGEST_AGE_SECONDS: Final = 315_360_000


def words_are_known(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.1: prompt values are none, login, consent, select_account."""
    if not asked.prompts.issubset(PROMPTS):
        raise AuthorizationError("invalid_request", "prompt has a value that is not known")


def none_stands_alone(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.1: `none` with any other value is an error (AZ13)."""
    if "none" in asked.prompts and len(asked.prompts) > 1:
        raise AuthorizationError("invalid_request", "prompt=none stands alone")


def max_age_is_seconds(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.1: an allowable elapsed time in seconds."""
    given = asked.parameters.get("max_age")
    if not given:
        return
    if not (given.isascii() and given.isdigit() and len(given) <= 10):  # noqa: PLR2004 fits an int
        raise AuthorizationError("invalid_request", "max_age is not a number of seconds")
    if int(given) > _LONGEST_AGE_SECONDS:
        raise AuthorizationError("invalid_request", "max_age is too large")


def hint_is_ours(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.1: an ID token we issued to this client; expired ones too (AZ14)."""
    token = asked.parameters.get("id_token_hint")
    if not token:
        return
    client_id = asked.parameters.get("client_id")
    asked.hint = id_tokens.read_hint(tenant=asked.tenant, token=token, client_id=client_id)
    if asked.hint is None:
        raise AuthorizationError("invalid_request", "id_token_hint is not valid")
