"""Every route, one line a room. Each is declared in the policy table that a test walks."""

from django.urls import URLPattern, URLResolver, include, path

from identity.config.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("sign-in/", include("authn.login.urls")),
    path("account/", include("authn.account.urls")),
    path("console/", include("identity.console.urls")),
    path("api/auth/", include("authn.login.api.urls")),
    path("api/auth/", include("authn.sessions.api.urls")),
    path("", include("oidc.provider.urls")),
]
