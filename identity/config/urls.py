"""Every route, one line a room. Each is declared in the policy table that a test walks."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from authn.login import register_pages
from authn.recovery import pages as recovery_pages
from identity.config.health import healthz, readyz
from identity.config.start import explained, start

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start),
    # Protocol endpoints first: they are asked for most, and patterns are tried in this order.
    path("", include("oidc.provider.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("theme/", include("tenants.registry.theme")),
    path("sign-in/", include("authn.login.urls")),
    path("register/<str:tenant_slug>/", register_pages.start, name="register"),
    path("recover/<str:tenant_slug>/", recovery_pages.recover, name="recover"),
    path("account/", include("authn.account.urls")),
    path("security/image-login", explained, name="image-login-explained"),
    path("console/", include("identity.console.urls")),
    path("api/auth/", include("authn.login.api.urls")),
    path("api/auth/", include("authn.sessions.api.urls")),
    path("", include("authn.facades.native.urls")),
]
if settings.HAS_DEVELOPMENT_PAGES:
    urlpatterns.append(path("dev/", include("identity.config.mailbox")))

handler400 = "identity.config.refusals.bad_request"
handler403 = "identity.config.refusals.forbidden"
handler404 = "identity.config.refusals.not_found"
handler500 = "identity.config.refusals.failed"
