"""Routes of face 001's login half. In the order of how often they are asked for."""

from django.urls import path

from authn.facades.native.client_views import ClientTenantView, ClientView
from authn.facades.native.email_views import ResendView, VerifyView
from authn.facades.native.own_views import ChangeView, EmailView
from authn.facades.native.reset_views import ResetRequestView, ResetView
from authn.facades.native.views import AuthenticateView, ChallengeView, KeysView, RegisterView

urlpatterns = [
    path("api/auth/challenge", ChallengeView.as_view(), name="native-challenge"),
    path("api/auth/authenticate", AuthenticateView.as_view(), name="native-authenticate"),
    path("api/auth/zkp/keys", KeysView.as_view(), name="native-keys"),
    path("api/auth/register", RegisterView.as_view(), name="native-register"),
    path("api/oidc/client", ClientView.as_view(), name="native-client"),
    path("api/oidc/client-tenant", ClientTenantView.as_view(), name="native-client-tenant"),
    path("api/auth/password/reset", ResetRequestView.as_view(), name="native-reset-request"),
    path("api/auth/password/reset/confirm", ResetView.as_view(), name="native-reset"),
    path("api/auth/password/change", ChangeView.as_view(), name="native-change"),
    path(
        "api/tenants/<str:tenant_id>/users/<str:user_id>/email",
        EmailView.as_view(),
        name="native-update-email",
    ),
    path("api/auth/email/verify", VerifyView.as_view(), name="native-verify-email"),
    path("api/auth/email/resend", ResendView.as_view(), name="native-resend-code"),
]
