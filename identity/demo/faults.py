"""What can go wrong between a relying party and its provider, in plain words."""

from dataclasses import dataclass

# RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6
_WORDS = {
    "access_denied": (
        "Access was not given",
        "You, or the provider, declined to share your details with this application.",
    ),
    "login_required": (
        "You are not signed in at the provider",
        (
            "This application asked whether you were signed in, without showing a sign-in page. "
            "You were not."
        ),
    ),
    "consent_required": (
        "The provider would have to ask you first",
        (
            "This application asked for your details without showing a page. You have not agreed "
            "to that yet."
        ),
    ),
    "interaction_required": (
        "The provider would have to ask you something",
        "This application asked without showing a page, and the provider needs one.",
    ),
    "account_selection_required": (
        "The provider would have to ask which account you mean",
        "This application asked without showing a page, and more than one account is signed in.",
    ),
    "invalid_client": (
        "The provider does not accept this application's secret",
        (
            "Whoever looks after the application should compare its client id and secret with its "
            "registration at the provider."
        ),
    ),
    "invalid_grant": (
        "The provider does not accept this sign-in any more",
        (
            "A code or refresh token can have been used before, have expired, or have been "
            "withdrawn because the session was ended. Sign in again."
        ),
    ),
    "invalid_scope": (
        "The provider does not offer what was asked for",
        "This application asked for details it is not registered for.",
    ),
    "unauthorized_client": (
        "This application may not sign people in this way",
        "Its registration at the provider does not include this kind of sign-in.",
    ),
    "temporarily_unavailable": (
        "The provider is busy",
        "It asked to be left alone for a moment. Try again shortly.",
    ),
    "server_error": (
        "The provider met an error of its own",
        "Nothing was shared with this application. Try again shortly.",
    ),
}


@dataclass(eq=False)
class SignInFailed(Exception):
    """The conversation with the provider ended without a usable answer."""

    title: str
    detail: str
    code: str
    status: int = 400


@dataclass(eq=False)
class ProviderUnreachable(SignInFailed):
    """The provider did not answer, or not in a way one can read. Asking again may help."""


def from_oauth_error(code: str, description: str | None) -> SignInFailed:
    """The words for an error code of the provider; its own description is kept beside them."""
    title, detail = _WORDS.get(
        code, ("The provider refused", "It gave the reason that is shown below.")
    )
    return SignInFailed(title, detail, f"{code}: {description}" if description else code)


def unreachable(reason: str) -> ProviderUnreachable:
    return ProviderUnreachable(
        "The identity provider does not answer",
        "It may still be starting. This page asks again every few seconds.",
        reason,
        status=503,
    )


def untrusted(reason: str) -> SignInFailed:
    """An answer that fails one of the checks a relying party owes its users."""
    return SignInFailed(
        "The provider's answer could not be trusted",
        "It failed a check, so this application did not sign you in.",
        reason,
        status=502,
    )
