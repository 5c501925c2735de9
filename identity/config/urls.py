"""Every route, one line a room. Each is declared in the policy table that a test walks."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
