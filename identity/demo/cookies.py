"""The one cookie of the demo."""

from http.cookies import CookieError, SimpleCookie

SESSION_COOKIE = "demo-session"


def cookie_value(header: str, name: str) -> str | None:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


def session_cookie(key: str) -> tuple[str, str]:
    """Lax, not Strict: the browser comes back from the provider's site with a plain link."""
    return "Set-Cookie", f"{SESSION_COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax"
