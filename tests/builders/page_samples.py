"""People, houses and applications that the sample pages are about."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django import forms

from tenants.registry.models import Tenant

Context = dict[str, Any]


class IdentifierForm(forms.Form):
    identifier = forms.CharField(max_length=320)


class PasswordForm(forms.Form):
    password = forms.CharField(max_length=1024)


class CodeForm(forms.Form):
    code = forms.CharField(max_length=32)


NOW = datetime(2026, 11, 24, 8, 12, tzinfo=UTC)

NORTHWIND = Tenant(slug="northwind", display_name="Northwind")
NAMELESS = Tenant(slug="nameless")
HARBOUR = Tenant(
    slug="harbour",
    display_name="Harbour Logistics",
    policy_document={
        "brand": {
            "hue": 256,
            "chroma": 0.11,
            "radius_rem": 0.4,
            "picture": "harbour",
            "headline": "Welcome back to the harbour office.",
            "tagline": "Harbour Logistics · crew, ports and partners",
        }
    },
)
ATLAS = SimpleNamespace(
    client_id="atlas",
    name="Atlas Notebook",
    logo_uri="https://atlas.example/logo.png",
    op_policy_url="https://atlas.example/privacy",
    op_tos_url="https://atlas.example/terms",
    client_uri="https://atlas.example",
)
MARA = SimpleNamespace(
    name="Mara Lindqvist",
    username="mara",
    email="mara.lindqvist@northwind.example",
    is_verified=True,
    locale="en",
    created_at=NOW,
)
HELP_LINKS = [
    {"title": "Privacy", "url": "/help/privacy"},
    {"title": "Help", "url": "/help"},
]
ACCOUNTS = [
    {"name": "Mara Lindqvist", "email": "mara.lindqvist@northwind.example", "key": "1"},
    {
        "name": "Mara at the harbour",
        "email": "a.very.long.address@subsidiary.northwind.example",
        "key": "2",
    },
]
SCOPES: list[Context] = [
    {
        "name": "profile",
        "title": "Recognise you",
        "description": "Your name and language",
        "is_new": False,
    },
    {
        "name": "email",
        "title": "See your e-mail address",
        "description": "mara.lindqvist@northwind.example",
        "is_new": False,
    },
    {
        "name": "offline_access",
        "title": "Stay connected",
        "description": "Keep working while you are away, until you disconnect it",
        "is_new": True,
    },
]
SESSIONS: list[Context] = [
    {
        "id": "1",
        "device_title": "Firefox on Linux",
        "icon": "laptop",
        "ip": "203.0.113.24",
        "country_name": "Sweden",
        "since": NOW,
        "last_access": NOW,
        "methods_text": "Password",
        "is_current": True,
        "is_new_place": False,
    },
    {
        "id": "2",
        "device_title": "Safari on iPhone",
        "icon": "phone",
        "ip": "2001:db8:85a3::7334",
        "country_name": None,
        "since": NOW,
        "last_access": NOW,
        "methods_text": "Passkey",
        "is_current": False,
        "is_new_place": False,
    },
    {
        "id": "3",
        "device_title": "Edge on Windows",
        "icon": "laptop",
        "ip": "198.51.100.7",
        "country_name": "Portugal",
        "since": NOW,
        "last_access": None,
        "methods_text": "Password and authenticator app",
        "is_current": False,
        "is_new_place": True,
    },
]


def navigation(current: str) -> list[Context]:
    pages = (("Overview", "home"), ("Sessions", "laptop"), ("Connected apps", "link"))
    return [
        {
            "title": title,
            "icon": icon,
            "url": f"/account/northwind/{icon}",
            "is_current": title == current,
        }
        for title, icon in pages
    ]


def refused_identifier() -> IdentifierForm:
    form = IdentifierForm({"identifier": "mara"})
    form.add_error("identifier", "Enter your whole e-mail address, such as name@example.com.")
    return form
