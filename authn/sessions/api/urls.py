"""Routes under /api/auth/."""

from django.urls import path

from authn.sessions.api.views import SessionsView, SessionView

urlpatterns = [
    path("sessions", SessionsView.as_view(), name="own-sessions"),
    path("sessions/<str:session_id>", SessionView.as_view(), name="own-session"),
]
