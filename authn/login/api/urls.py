"""Routes under /api/auth/."""

from django.urls import path

from authn.login.api.views import sign_in

urlpatterns = [path("sign-in", sign_in, name="apply-ticket")]
