"""What each page is given: the contract between the views and `templates/`, as samples.

`PAGES` maps a template to its states, and a state to its context. Absent keys are absent on purpose:
every page must render without what is optional.
"""

from tenants.registry import palette
from tests.builders.page_samples import (
    ACCOUNTS,
    ATLAS,
    HARBOUR,
    HELP_LINKS,
    MARA,
    NAMELESS,
    NORTHWIND,
    NOW,
    SCOPES,
    SESSIONS,
    CodeForm,
    Context,
    IdentifierForm,
    PasswordForm,
    navigation,
    refused_identifier,
)

SIGN_IN: Context = {
    "tenant": NORTHWIND,
    "client": ATLAS,
    "action": "/sign-in/northwind/identifier",
    "cancel_url": "/sign-in/northwind/cancel",
    "help_links": HELP_LINKS,
}
PASSWORD: Context = SIGN_IN | {
    "identifier": MARA.email,
    "change_url": "/sign-in/northwind/identifier",
}
IMAGE: Context = {
    "auth_req_id": "tenant.request",
    "username": MARA.email,
    "pin_size": 6,
    "pattern_size": 3,
    "login_order": ["PIN", "PATTERN"],
    "show_pin": True,
    "needs_liveness": False,
}
REGISTER: Context = {"tenant": NORTHWIND, "image": IMAGE, "sign_in_url": "/sign-in/northwind/"}
EMAIL: Context = SIGN_IN | {
    "email": MARA.email,
    "resend_url": "/sign-in/northwind/resend",
}
ACCOUNT: Context = {
    "tenant": NORTHWIND,
    "user": MARA,
    "language_name": "English",
    "action": "/account/northwind/sessions",
    "sign_out_url": "/sign-out/northwind",
}
LETTER: Context = {
    "tenant": NORTHWIND,
    "palette": palette.of(NORTHWIND.policy.brand),
    "user": MARA,
    "account_url": "/account/northwind/",
}
MAIL: Context = {
    "url": "/dev/mail/1",
    "html_url": "/dev/mail/1/html",
    "subject": "482 913 is your Northwind code",
    "to": MARA.email,
    "sender": "Northwind <no-reply@localhost>",
    "at": NOW,
    "text": "Hello Mara Lindqvist,\n\nyour code is\n\n    482 913\n",
}
ERROR: Context = {"tenant": NORTHWIND, "reference": "7F3K-29QD", "home_url": "/"}


def _sign_in_pages() -> dict[str, dict[str, Context]]:
    return {
        "login/identifier.html": {
            "plain": SIGN_IN
            | {
                "form": IdentifierForm(),
                "is_register_enabled": True,
                "register_url": "/sign-in/northwind/register",
            },
            "tenant": SIGN_IN
            | {
                "form": IdentifierForm(),
                "tenant": HARBOUR,
                "tenant_theme_url": "/themes/harbour.css",
            },
            "refused": SIGN_IN | {"form": refused_identifier(), "notice": "See below."},
            "bare": {"form": IdentifierForm(), "action": "/sign-in/northwind/identifier"},
        },
        "login/password.html": {
            "plain": PASSWORD | {"form": PasswordForm(), "forgot_url": "/recover"},
            "refused": PASSWORD
            | {
                "form": PasswordForm(),
                "notice": "The name and the password do not belong together.",
            },
            "empty": PASSWORD | {"form": PasswordForm({"password": ""})},
        },
        "image/register.html": {
            "plain": SIGN_IN | REGISTER | {"has_username": True},
            "by-address": REGISTER | {"has_username": False},
        },
        "image/recover.html": {
            "plain": REGISTER | {"has_username": True},
            "by-address": REGISTER | {"has_username": False},
        },
        "security/image_login.html": {"plain": {}},
        "login/image.html": {
            "plain": PASSWORD | {"image": IMAGE, "password_url": "/sign-in/northwind/password"},
            "refused": PASSWORD | {"image": IMAGE, "notice": "Picture, PIN or pattern is wrong."},
        },
        "login/email.html": {
            "plain": EMAIL | {"form": CodeForm()},
            "refused": EMAIL | {"form": CodeForm(), "notice": "This code is not right."},
            "empty": EMAIL | {"form": CodeForm({"code": ""})},
        },
        "login/onward.html": {
            "plain": {"tenant": NORTHWIND, "url": "https://atlas.example/callback?code=1"},
        },
        "login/choose_account.html": {
            "plain": SIGN_IN | {"accounts": ACCOUNTS, "another_url": "/sign-in/northwind/"},
        },
        "login/continue.html": {
            "plain": SIGN_IN | {"account": ACCOUNTS[0], "another_url": "/sign-in/northwind/"},
        },
        "login/expired.html": {
            "plain": SIGN_IN | {"restart_url": "/sign-in/northwind/restart"},
            "adrift": {"tenant": NAMELESS},
        },
        "login/blocked.html": {
            "minutes": SIGN_IN | {"retry_after": 239, "retry_at": NOW, "forgot_url": "/recover"},
            "moment": SIGN_IN | {"retry_after": 40, "retry_at": NOW},
            "hours": SIGN_IN | {"retry_after": 86400, "retry_at": NOW},
        },
        "login/foreign.html": {
            "plain": {"tenant": NORTHWIND, "restart_url": "/sign-in/northwind/"},
        },
        "login/logged_out.html": {
            "plain": {
                "tenant": NORTHWIND,
                "client_logout_uri": "https://atlas.example/bye",
                "client_name": "Atlas Notebook",
                "sign_in_url": "/account/northwind/",
            },
            "adrift": {"tenant": NORTHWIND},
        },
        "login/logout_confirm.html": {
            "plain": {
                "tenant": NORTHWIND,
                "client_name": "Atlas Notebook",
                "account": ACCOUNTS[0],
                "action": "/sign-out/northwind",
                "hidden": {"state": "af0ifjsldkj"},
            },
        },
        "login/signed_in.html": {
            "plain": {"tenant": NORTHWIND, "account_url": "/account/northwind/"},
        },
        "consents/consent.html": {
            "plain": SIGN_IN
            | {
                "scopes": SCOPES,
                "user": MARA,
                "redirect_host": "atlas.example",
                "hidden": {"request": "0190"},
                "apps_url": "/account/x/apps",
            },
        },
    }


def _account_pages() -> dict[str, dict[str, Context]]:
    return {
        "account/overview.html": {
            "plain": ACCOUNT
            | {
                "nav": navigation("Overview"),
                "session_count": 3,
                "app_count": 2,
                "last_sign_in": SESSIONS[0],
                "sessions_url": "/account/northwind/sessions",
                "apps_url": "/account/northwind/apps",
                "methods": [
                    {
                        "icon": "key",
                        "title": "Password",
                        "detail": "Set in March 2026",
                        "url": "/account/northwind/password",
                        "action": "Change",
                    }
                ],
            },
            "attention": ACCOUNT
            | {
                "nav": navigation("Overview"),
                "session_count": 1,
                "app_count": 0,
                "attention": [
                    {
                        "title": "A sign-in from a new place",
                        "text": "Edge on Windows, Portugal.",
                        "url": "/account/northwind/sessions",
                        "action": "Look at it",
                    }
                ],
            },
        },
        "account/sessions.html": {
            "plain": ACCOUNT
            | {
                "nav": navigation("Sessions"),
                "sessions": SESSIONS,
                "next_url": "?page=2",
                "position": "1 to 3 of 7",
            },
            "ended": ACCOUNT
            | {
                "nav": navigation("Sessions"),
                "sessions": SESSIONS[:1],
                "notice": "The session was ended.",
            },
            "empty": ACCOUNT | {"nav": navigation("Sessions"), "sessions": []},
        },
        "account/apps.html": {
            "plain": ACCOUNT
            | {
                "nav": navigation("Connected apps"),
                "apps": [{"client": ATLAS, "scopes": SCOPES, "since": NOW}],
            },
            "empty": ACCOUNT | {"nav": navigation("Connected apps"), "apps": []},
        },
    }


def _other_pages() -> dict[str, dict[str, Context]]:
    return {
        "errors/oauth.html": {
            "plain": {
                "tenant": NORTHWIND,
                "reason": "The redirect address is not registered",
                "code": "invalid_request",
                "reference": "7F3K-29QD",
            },
        },
        "errors/400.html": {"plain": ERROR, "bare": {}},
        "errors/403.html": {"plain": ERROR},
        "errors/404.html": {"plain": ERROR},
        "errors/429.html": {"plain": ERROR | {"retry_after": 30}},
        "errors/500.html": {"plain": ERROR, "bare": {}},
        "errors/503.html": {"bare": {}},
        "errors/csrf.html": {"plain": ERROR | {"retry_url": "/sign-in/northwind/"}},
        "dev/mailbox.html": {"plain": {"mails": [MAIL]}, "empty": {"mails": []}},
        "dev/mail.html": {"plain": {"mail": MAIL, "mailbox_url": "/dev/mail"}},
        "start.html": {
            "plain": {
                "links": [
                    {
                        "title": "Console",
                        "description": "For operators",
                        "url": "/console/",
                        "icon": "shield",
                    },
                    {
                        "title": "Demo application",
                        "description": "Sign in as somebody",
                        "url": "/demo",
                        "icon": "user",
                    },
                ]
            },
            "bare": {},
        },
    }


PAGES: dict[str, dict[str, Context]] = _sign_in_pages() | _account_pages() | _other_pages()

_VERIFICATION = LETTER | {"code": "482 913", "valid_minutes": 10}
_NEW_SIGN_IN = LETTER | {
    "device": "Edge on Windows",
    "ip": "198.51.100.7",
    "country": "Portugal",
    "at": NOW,
}
_PICTURE_GUESSED = LETTER | {"at": NOW}
_ADDRESS_TAKEN = LETTER | {"sign_in_url": "https://id.example.com/sign-in/larch/"}
LETTERS: dict[str, dict[str, Context]] = {
    "mail/verification.html": {"plain": _VERIFICATION},
    "mail/verification.txt": {"plain": _VERIFICATION},
    "mail/new_sign_in.html": {"plain": _NEW_SIGN_IN},
    "mail/new_sign_in.txt": {"plain": _NEW_SIGN_IN},
    "mail/picture_guessed.html": {"plain": _PICTURE_GUESSED},
    "mail/picture_guessed.txt": {"plain": _PICTURE_GUESSED},
    "mail/address_taken.html": {"plain": _ADDRESS_TAKEN},
    "mail/address_taken.txt": {"plain": _ADDRESS_TAKEN},
    "mail/password_reset.html": {"plain": _VERIFICATION},
    "mail/password_reset.txt": {"plain": _VERIFICATION},
    "mail/email_changed.html": {"plain": LETTER},
    "mail/email_changed.txt": {"plain": LETTER},
}
