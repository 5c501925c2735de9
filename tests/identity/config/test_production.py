"""The production settings, loaded as a process of their own loads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from identity.config.running.places import CHECKOUT

FACTS = """
import json, django
django.setup()
from django.conf import settings
from django.urls import Resolver404, resolve
def has(path):
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
print(json.dumps({
    "debug": settings.DEBUG,
    "mail_page": has("/dev/mail"),
    "console": has("/console/"),
    "csrf": [settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE, settings.CSRF_COOKIE_HTTPONLY],
    "connections": settings.DATABASES["default"]["CONN_MAX_AGE"],
    "owner": settings.DATABASES["default"]["OWNER"],
}))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Everything production asks for; nothing listens at any of the addresses."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "identity.config.settings.production",
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": "https://id.example.com",
        "DATABASE_URL": "postgresql://signet_web:web@192.0.2.1/signet",
        "SECRET_KEY": "p6qkV0m3f8sY2hLx9wTzB4cR7nJ1aQeU5dGvK0iM7yFbXo3tWr",
        "KEY_ENCRYPTION_KEY": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "EMAIL_URL": "smtp://192.0.2.1",
        "EMAIL_FROM": "id@example.com",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_djangos_own_deployment_checks_find_nothing(environment: dict[str, str]) -> None:
    """Each silenced check names what stands in its place (settings/base.py)."""
    done = run(environment, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_production_has_no_development_page_and_https_cookies(environment: dict[str, str]) -> None:
    """Issue, point 1: demo relying party, mail page and http cookies are development's alone."""
    facts = json.loads(run(environment, "-c", FACTS).stdout)
    assert facts == {
        "debug": False,
        "mail_page": False,
        "console": True,
        "csrf": ["__Host-signet-csrf", True, True],
        "connections": None,
        "owner": None,
    }


def test_an_incomplete_environment_ends_in_words_without_a_traceback(
    environment: dict[str, str],
) -> None:
    """Issue, point 1: named at boot, all at once."""
    del environment["KEY_ENCRYPTION_KEY"], environment["PUBLIC_URL"]
    done = run(environment, "manage.py", "check")
    assert done.returncode == 1
    assert "2 settings are missing or wrong" in done.stderr
    assert "Traceback" not in done.stderr
