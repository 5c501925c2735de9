"""Behind a proxy that ends TLS: https cookies, HSTS, no development page, nothing guessed."""

from identity.config.env import BASE_DIR, ProductionEnvironment, choose

choose(ProductionEnvironment)

from identity.config.settings.base import *  # noqa: E402, F403 - reads what was chosen

STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
