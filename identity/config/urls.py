"""Every route, one line a room. Each is declared in the policy table that a test walks."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from identity.config.health import healthz, readyz
from identity.config.start import start

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start),
    path("healthz", healthz),
    path("readyz", readyz),
    path("theme/", include("tenants.registry.theme")),
    path("sign-in/", include("authn.login.urls")),
    path("account/", include("authn.account.urls")),
    path("console/", include("identity.console.urls")),
    path("api/auth/", include("authn.login.api.urls")),
    path("api/auth/", include("authn.sessions.api.urls")),
    path("", include("authn.facades.native.urls")),
    path("", include("oidc.provider.urls")),
]
if settings.HAS_DEVELOPMENT_PAGES:
    urlpatterns.append(path("dev/", include("identity.config.mailbox")))

handler400 = "identity.config.refusals.bad_request"
handler403 = "identity.config.refusals.forbidden"
handler404 = "identity.config.refusals.not_found"
handler500 = "identity.config.refusals.failed"
