"""Routes under /sign-in/."""

from django.urls import path
from django.views.generic import RedirectView

from authn.login import plan, views

urlpatterns = [
    path("<str:tenant_slug>", RedirectView.as_view(pattern_name="sign-in")),
    path("<str:tenant_slug>/", views.start, name="sign-in"),
    *(
        path(f"<str:tenant_slug>/{name}", views.step, {"name": name}, name=f"sign-in-{name}")
        for name in (plan.IDENTIFIER, plan.PASSWORD, plan.IMAGE, plan.EMAIL)
    ),
    path("<str:tenant_slug>/resend", views.resend, name="sign-in-resend"),
    path("<str:tenant_slug>/account", views.account, name="sign-in-account"),
    path("<str:tenant_slug>/cancel", views.cancel, name="sign-in-cancel"),
    path("<str:tenant_slug>/signed-out", views.signed_out, name="signed-out"),
]
