"""Every requirement on an authorization request, in the order in which they are judged.

Rules before the redirect URI is trusted raise `Unusable` (an error page); those after it raise
`AuthorizationError` (an answer at the redirect URI).
"""

from collections.abc import Callable
from typing import Final

from oidc.provider.checks import client, extras, pkce, prompt, response, scope
from oidc.provider.request import Asked

Rule = Callable[[Asked], None]

BEFORE_REDIRECT_IS_TRUSTED: Final[tuple[Rule, ...]] = (
    client.identifiers_come_once,
    client.is_usable,
    client.redirect_uri_is_registered,
)
AFTER: Final[tuple[Rule, ...]] = (
    extras.nothing_is_repeated,
    extras.no_request_object,
    extras.no_request_uri,
    extras.no_registration,
    extras.texts_fit,
    response.type_is_code,
    response.client_may_use_codes,
    response.mode_is_query,
    pkce.challenge_is_given,
    pkce.method_is_s256,
    pkce.challenge_is_a_digest,
    scope.something_is_asked,
    scope.client_may_ask,
    prompt.words_are_known,
    prompt.none_stands_alone,
    prompt.max_age_is_seconds,
    prompt.hint_is_ours,
)
RULES: Final = BEFORE_REDIRECT_IS_TRUSTED + AFTER


def run(asked: Asked) -> None:
    """Return if every rule holds; raise what the first broken one says."""
    for rule in RULES:
        rule(asked)
