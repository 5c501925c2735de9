"""Routes under /console/."""

from django.urls import path

from identity.console.entrance import enter, leave
from identity.console.site import site

urlpatterns = [
    path("enter/<str:slug>/", enter, name="console-enter"),
    path("leave/", leave, name="console-leave"),
    path("", site.urls),
]
