"""Routes of the protocol, and of the pages it needs, which run with the pages' middlewares.

In the order of how often they are asked for: Django tries one after the other.
"""

from django.urls import path

from oidc.provider import (
    authorize,
    consent,
    discovery,
    introspection,
    logout,
    revocation,
    token,
    userinfo,
)

urlpatterns = [
    path("api/oidc/<str:tenant_slug>/token", token.token, name="oidc-token"),
    path("api/oidc/<str:tenant_slug>/introspect", introspection.introspect, name="oidc-introspect"),
    path("api/oidc/<str:tenant_slug>/userinfo", userinfo.userinfo, name="oidc-userinfo"),
    path("api/oidc/<str:tenant_slug>/authorize", authorize.authorize, name="oidc-authorize"),
    path("sign-in/<str:tenant_slug>/oidc/resume", authorize.resume, name="oidc-resume"),
    path("sign-in/<str:tenant_slug>/oidc/consent", consent.consent, name="oidc-consent"),
    path("sign-in/<str:tenant_slug>/oidc/logout", logout.confirm, name="oidc-logout-page"),
    path("api/oidc/<str:tenant_slug>/logout", logout.logout, name="oidc-logout"),
    path("api/oidc/<str:tenant_slug>/revoke", revocation.revoke, name="oidc-revoke"),
    path(
        "api/oidc/<str:tenant_slug>/.well-known/openid-configuration",
        discovery.configuration,
        name="oidc-configuration",
    ),
    path("api/oidc/<str:tenant_slug>/.well-known/jwks", discovery.jwks, name="oidc-jwks"),
    path(
        ".well-known/oauth-authorization-server/api/oidc/<str:tenant_slug>",
        discovery.configuration,
        name="oauth-metadata",
    ),
    # No tenant is called `token` or `logout`: those names are reserved.
    path("api/oidc/token", token.form_token, name="oidc-token-by-form"),
    path("api/oidc/token/<str:tenant_slug>", token.native_token, name="oidc-token-by-path"),
    path("api/oidc/logout", logout.logout_by_hint, name="oidc-logout-by-hint"),
]
