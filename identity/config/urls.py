"""Every route, one line a room. Each is declared in the policy table that a test walks."""

from django.urls import URLPattern, URLResolver, path

from identity.config.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
]
