"""What holds in every way of running."""

from typing import Any

from identity.config.env import BASE_DIR, Environment

ENV = Environment()

SECRET_KEY = ENV.secret_key
KEY_ENCRYPTION_KEY = ENV.key_encryption_key
PUBLIC_URL = ENV.public_url
DATA_DIR = ENV.data_dir
DEBUG = False
ALLOWED_HOSTS = ["*"]  # identity.config.hosts judges the host: redirect for pages, 400 for protocols
TRUSTED_PROXIES = ENV.trusted_proxies
OUTBOUND_ALLOW = ENV.outbound_allow
COUNTRY_DATABASE = ENV.country_database

INSTALLED_APPS = [
    "identity.tenancy",
    "identity.console",
    "identity.audit",
    "identity.outbox",
    "tenants.registry",
    "tenants.keys",
    "tenants.users",
    "authn.blocking",
    "tenants.clients",
    "authn.authenticators",
    "authn.sessions",
    "authn.login",
    "oidc.consents",
    "oidc.provider",
    "authn.account",
    "identity.provisioning",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
]

MIDDLEWARE: list[str] = []

ROOT_URLCONF = "identity.config.urls"
WSGI_APPLICATION = "identity.config.wsgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "users.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.E003",  # usernames are unique per tenant, not globally (tenancy.md §8)
]

OAUTH2_PROVIDER_APPLICATION_MODEL = "clients.Client"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "provider.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "provider.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "provider.IDToken"
OAUTH2_PROVIDER_GRANT_MODEL = "provider.AuthorizationCode"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "provider.DeviceGrant"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
