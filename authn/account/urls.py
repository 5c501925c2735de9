"""Routes under /account/."""

from django.urls import path
from django.views.generic import RedirectView

from authn.account import views

urlpatterns = [
    path("<str:tenant_slug>", RedirectView.as_view(pattern_name="account")),
    path("<str:tenant_slug>/", views.overview, name="account"),
    path("<str:tenant_slug>/sessions", views.sessions, name="account-sessions"),
    path("<str:tenant_slug>/apps", views.apps, name="account-apps"),
    path("<str:tenant_slug>/sign-out", views.sign_out, name="account-sign-out"),
]
