"""What holds in every way of running. `dev`, `test` and `production` choose the environment first."""

from typing import Any

from identity.config import logs
from identity.config.addresses import database_parts, mail_parts
from identity.config.env import BASE_DIR, DevelopmentEnvironment, chosen

ENV = chosen()

SECRET_KEY = ENV.secret_key
KEY_ENCRYPTION_KEY = ENV.key_encryption_key
PUBLIC_URL = ENV.public_url
IS_HTTPS = PUBLIC_URL.startswith("https://")
DATA_DIR = ENV.data_dir
DEBUG = False
# Mail page, demo application, and their links: never under production settings.
HAS_DEVELOPMENT_PAGES = isinstance(ENV, DevelopmentEnvironment)
DEMO_URL = f"http://127.0.0.1:{ENV.demo_port}/" if HAS_DEVELOPMENT_PAGES else ""
# identity.config.hosts judges the host: a redirect for pages, 400 for protocol endpoints
ALLOWED_HOSTS = ["*"]
TRUSTED_PROXIES = ENV.trusted_proxies
OUTBOUND_ALLOW = ENV.outbound_allow
COUNTRY_DATABASE = ENV.country_database
AUDIT_WEBHOOK = ENV.audit_webhook
CELERY_BROKER_URL = ENV.celery_broker_url
WEB_WORKERS = ENV.web_workers

_runtime = database_parts(ENV.database_url)
_owner = database_parts(ENV.database_admin_url) if ENV.database_admin_url else None
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "identity.tenancy.postgres",
        "NAME": _runtime.name,
        "USER": _runtime.user,
        "PASSWORD": _runtime.password,
        "HOST": _runtime.host,
        "PORT": _runtime.port,
        "OPTIONS": dict(_runtime.options),
        # One session per thread for good: opening one costs 3 ms, and threads are counted.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "POOLER": ENV.database_pooler,
        "OWNER": _owner
        and {
            "USER": _owner.user,
            "PASSWORD": _owner.password,
            "HOST": _owner.host,
            "PORT": _owner.port,
            "OPTIONS": dict(_owner.options),
        },
    }
}

_mail = mail_parts(ENV.email_url)
EMAIL_FILE_PATH = _mail.folder or None
EMAIL_BACKEND = f"identity.outbox.{'folder' if _mail.folder else 'smtp'}.EmailBackend"
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_SSL = _mail.is_tls
EMAIL_USE_TLS = _mail.is_starttls
EMAIL_TIMEOUT = 15  # seconds; below the outbox lease
DEFAULT_FROM_EMAIL = ENV.email_from or "Signet <signet@localhost>"

LOGGING_CONFIG = None
logs.configure(is_json=not HAS_DEVELOPMENT_PAGES)

INSTALLED_APPS = [
    "identity.config",
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
    "authn.recovery",
    "oidc.consents",
    "oidc.provider",
    "authn.account",
    "identity.provisioning",
    "identity.console.apps.StockAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
]

# Pages run all of it; protocol endpoints (identity.kernel.stacks) skip what says PagesOnly.
MIDDLEWARE = [
    "identity.config.requests.RequestMiddleware",
    "identity.config.headers.HeadersMiddleware",
    "identity.config.hosts.HostMiddleware",
    "identity.config.pages.StaticFilesMiddleware",
    "identity.config.csrf.CsrfMiddleware",
    "authn.sessions.middleware.CredentialMiddleware",
]

CSRF_COOKIE_NAME = "__Host-signet-csrf" if IS_HTTPS else "signet-csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # goes with the browser, as the forms do
CSRF_FAILURE_VIEW = "identity.config.csrf.refused"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "authn.sessions.api.authentication.ApiKeyAuthentication",
        "authn.sessions.tokens.bearer.BearerAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "identity.config.native.worded",
    "UNAUTHENTICATED_USER": None,
}

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
                "tenants.registry.theme.look",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "users.User"
SILENCED_SYSTEM_CHECKS = [
    # Said by middleware of our own, which the checks do not know:
    "security.W001",  # identity.config.headers
    "security.W002",  # the same
    "security.W003",  # identity.config.csrf
    "oauth2_provider.W008",  # http redirects: to the loopback only, tenants.clients sees to it
    "auth.W004",  # user names are unique per tenant, and no Django backend looks at them
    # The console's door is the login pipeline (CONSOLE_DOOR), asked by each of its views:
    "admin.E408",  # Django's authentication is not used
    "admin.E409",  # notices are kept by the console's own views
    "admin.E410",  # nor are Django's sessions
]
AUTHENTICATION_BACKENDS: list[str] = []  # nobody signs in past the pipeline

CONSOLE_DOOR = "authn.sessions.console.Door"
MIGRATION_MODULES = {"admin": None}  # the stock admin's log is left out: audit is the record
MESSAGE_STORAGE = "identity.console.notices.Notices"
SESSION_COOKIE_SECURE = IS_HTTPS  # the notices' cookie is set with these
SESSION_COOKIE_HTTPONLY = True

# What django-oauth-toolkit still does is bound by RFC 9700 already; most of it is replaced.
OAUTH2_PROVIDER = {
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "clients.Client"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "provider.AccessToken"  # noqa: S105 - a model
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "provider.RefreshToken"  # noqa: S105 - a model
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "provider.IDToken"  # noqa: S105 - a model
OAUTH2_PROVIDER_GRANT_MODEL = "provider.AuthorizationCode"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "provider.DeviceGrant"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
