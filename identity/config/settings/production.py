"""Behind a proxy that ends TLS: https cookies, HSTS, no development page, nothing guessed."""

from identity.config.env import BASE_DIR, ProductionEnvironment, choose

choose(ProductionEnvironment)

from identity.config.settings.base import *  # noqa: E402, F403 - reads what was chosen

SECURE_SSL_REDIRECT = False  # the proxy redirects; health probes come in plain
SECURE_HSTS_SECONDS = 63_072_000  # two years, what preload lists ask for
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the neighbours' names are not ours to bind
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
