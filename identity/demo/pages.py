"""What the visitor sees."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from identity.demo.faults import SignInFailed
from identity.demo.markup import Markup, fill, join
from identity.demo.relying_party import SignedIn
from identity.demo.settings import Settings

_MEANINGS = {
    "iss": "who says so",
    "sub": "who you are there",
    "aud": "whom it is said to",
    "exp": "until when it holds",
    "iat": "when it was said",
    "auth_time": "when you proved it",
    "nonce": "the question it answers",
    "acr": "how sure the provider is",
    "amr": "what you proved it with",
    "azp": "who asked",
    "at_hash": "ties it to the access token",
    "sid": "your session there",
}
_TIMES = {"exp", "iat", "nbf", "auth_time", "updated_at"}


def start(settings: Settings, *, form_token: str, signed_out: bool) -> Markup:
    notice = fill("signed_out") if signed_out else Markup()
    return _page(
        "Demo relying party",
        fill("start", form_token=form_token, issuer=settings.issuer, notice=notice),
    )


def claims(settings: Settings, signed_in: SignedIn, *, form_token: str) -> Markup:
    token = signed_in.id_token
    name = next(
        (
            str(signed_in.userinfo[claim])
            for claim in ("name", "preferred_username", "email")
            if signed_in.userinfo.get(claim)
        ),
        str(token.claims["sub"]),
    )
    refresh = (
        fill("refresh", form_token=form_token) if signed_in.refresh_token else fill("no_refresh")
    )
    return _page(
        f"Signed in as {name}",
        fill(
            "claims",
            name=name,
            issuer=settings.issuer,
            algorithm=token.algorithm,
            key_id=token.key_id,
            id_token_rows=_rows(token.claims),
            userinfo_rows=_rows(signed_in.userinfo),
            scope=signed_in.scope or "as asked for",
            expires=_remaining(signed_in.expires_at),
            refresh_token="yes" if signed_in.refresh_token else "no",
            bindings=(
                "audience, times, and the access token's hash"
                if "at_hash" in token.claims
                else "audience and times"
            ),
            refreshed=_times(signed_in.refreshed),
            refresh=refresh,
            form_token=form_token,
        ),
    )


def failed(fault: SignInFailed) -> Markup:
    return _page(
        fault.title, fill("failed", title=fault.title, detail=fault.detail, code=fault.code)
    )


def not_found() -> Markup:
    return failed(
        SignInFailed("There is no such page", "The demo's pages begin at its start.", "not found")
    )


def _page(title: str, content: Markup) -> Markup:
    return fill("layout", title=title, content=content)


def _rows(claims_of: dict[str, Any]) -> Markup:
    return join(
        [
            fill(
                "row",
                claim=claim,
                value=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
                meaning=_moment(value) if claim in _TIMES else _MEANINGS.get(claim, ""),
            )
            for claim, value in claims_of.items()
        ]
    )


def _moment(value: Any) -> str:
    if not isinstance(value, int | float):
        return ""
    try:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return ""


def _times(count: int) -> str:
    return {0: "not yet", 1: "once"}.get(count, f"{count} times")


def _remaining(expires_at: float | None) -> str:
    if expires_at is None:
        return "not told"
    seconds = int(expires_at - time.time())
    return f"{_moment(expires_at)}, {f'in {seconds} s' if seconds > 0 else 'which has passed'}"
