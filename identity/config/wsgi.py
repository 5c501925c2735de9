"""The WSGI application that granian serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from identity.config.proxies import behind_proxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity.config.settings.dev")
application = behind_proxies(get_wsgi_application(), settings.TRUSTED_PROXIES)
