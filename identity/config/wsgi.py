"""The WSGI application that granian serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import reset_queries
from django.http import HttpResponse

from identity.config.proxies import behind_proxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity.config.settings.dev")


def _whole(handler: WSGIHandler) -> Callable[..., Iterable[bytes]]:
    """Hand granian a list: it sends that in one piece and with its length, not in chunks."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = handler(environ, start_response)
        if not isinstance(response, HttpResponse):
            return response  # streaming: granian iterates and closes it
        body = [response.content]
        response.close()
        return body

    return application


_django = _whole(get_wsgi_application())
# Asked at each request, for nothing: queries are logged under DEBUG only, and no cache is used.
request_started.disconnect(reset_queries)
request_finished.disconnect(close_caches)

from oidc.provider.prepared import in_front_of  # noqa: E402 - its models need Django set up

application = behind_proxies(in_front_of(_django, settings.PUBLIC_URL), settings.TRUSTED_PROXIES)
