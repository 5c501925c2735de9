"""django-oauth-toolkit as an OpenID provider in one file, tuned with its own means.

Argon2id passwords with the parameters of Signet (m = 19 MiB, t = 2, p = 1), client secrets stored
plain (its default hashes them like passwords: 200 ms a request), connections and templates kept,
consent skipped, sessions in the database. ``python dotsite.py`` prepares the database.

DB is "host user name" of a Postgres whose password is in PGPASSWORD; KEYFILE holds the RSA key.
"""

import os
import sys
from pathlib import Path

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command

HOST, USER, NAME = os.environ["DB"].split()
KEY_FILE = Path(os.environ["KEYFILE"])
USERS = 50
LOGIN_PAGE = (
    '<!doctype html><form method="post">{% csrf_token %}{{ form.as_p }}'
    '<input type="hidden" name="next" value="{{ next }}"><button>Sign in</button></form>'
)

if not KEY_FILE.exists():
    KEY_FILE.write_bytes(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
settings.configure(
    DEBUG=False,
    SECRET_KEY="benchmarks" * 5,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LOGGING_CONFIG=None,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGIN_URL="/login/",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": HOST,
            "USER": USER,
            "NAME": NAME,
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [
                            (
                                "django.template.loaders.locmem.Loader",
                                {"registration/login.html": LOGIN_PAGE},
                            ),
                            "django.template.loaders.app_directories.Loader",
                        ],
                    )
                ],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ],
            },
        }
    ],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": KEY_FILE.read_text(),
        "PKCE_REQUIRED": True,
        "SCOPES": {name: name for name in ("openid", "profile", "email", "introspection", "api")},
    },
    PASSWORD_HASHERS=["dotsite.Argon2"],
)
sys.modules.setdefault("dotsite", sys.modules[__name__])
django.setup()

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402


class Argon2(Argon2PasswordHasher):
    """OWASP's parameters, Signet's too."""

    time_cost, memory_cost, parallelism = 2, 19456, 1


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login/", LoginView.as_view()),
]
application = WSGIHandler()


def prepare() -> None:
    """Afterwards the database holds the users and the two clients, and nothing else."""
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    password = make_password(os.environ["BENCH_PASSWORD"])
    User.objects.bulk_create(
        [
            User(username=f"user{n}", email=f"user{n}@example.test", password=password)
            for n in range(USERS)
        ]
    )
    clients = get_application_model().objects
    common = {"client_type": "confidential", "algorithm": "RS256", "skip_authorization": True}
    clients.create(
        client_id="web",
        name="web",
        client_secret=os.environ["BENCH_WEB_SECRET"],
        redirect_uris="https://rp.test/cb",
        authorization_grant_type="authorization-code",
        hash_client_secret=False,
        **common,
    )
    clients.create(
        client_id="m2m",
        name="m2m",
        client_secret=os.environ["BENCH_M2M_SECRET"],
        authorization_grant_type="client-credentials",
        hash_client_secret=False,
        **common,
    )


if __name__ == "__main__":
    prepare()
