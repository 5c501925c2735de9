"""A person's own sessions over the native API."""

from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authn.authenticators.api_keys import AuthenticatedKey
from authn.sessions import lifecycle
from authn.sessions.api import serializers
from authn.sessions.api.authentication import ApiKeyAuthentication
from authn.sessions.api.permissions import OwnSessions
from authn.sessions.models import EndReason, LoginSession
from authn.sessions.tokens import LiveToken
from authn.sessions.tokens.bearer import BearerAuthentication
from identity.kernel.actors import Actor, ActorKind
from identity.kernel.client_events import origin_of
from tenants.registry.models import Tenant
from tenants.users.models import User


class OwnSessionsView(APIView):
    """Base of the two resources: who asks, and that answers are kept by nobody."""

    authentication_classes = [ApiKeyAuthentication, BearerAuthentication]
    permission_classes = [OwnSessions]
    queryset = LoginSession.objects.none()

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """As the library does, and never cached."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer


class SessionsView(OwnSessionsView):
    """GET and DELETE /api/auth/sessions."""

    def get(self, request: Request) -> Response:
        """Operation 6: live sessions, newest first. One statement."""
        tenant, user = _who(request)
        rows = [row for row in _live(user) if lifecycle.is_live(row, tenant)]
        sessions = [serializers.session(row, tenant) for row in rows]
        return Response({"sessions": sessions, "total": len(sessions)})

    def delete(self, request: Request) -> Response:
        """All own sessions end, the one behind the token too."""
        _, user = _who(request)
        lifecycle.end_all(user=user, reason=EndReason.ENDED_BY_OWNER, actor=_actor(request))
        return Response(status=204)


class SessionView(OwnSessionsView):
    """DELETE /api/auth/sessions/{session_id}."""

    def delete(self, request: Request, session_id: str) -> Response:
        """One own session ends. Another's, another tenant's and none at all are one 404 (SE11)."""
        _, user = _who(request)
        row = _live(user).filter(pk=_uuid(session_id)).first()
        if row is None or not lifecycle.end(
            session=row, reason=EndReason.ENDED_BY_OWNER, actor=_actor(request)
        ):
            raise NotFound("There is no such session")
        return Response(status=204)


def _who(request: Request) -> tuple[Tenant, User]:
    tenant, user = getattr(request, "tenant", None), request.user
    if not isinstance(tenant, Tenant) or not isinstance(user, User):
        raise NotFound
    return tenant, user


def _live(user: User) -> Any:
    return (
        LoginSession.objects.filter(tenant_id=user.tenant_id, user_id=user.id)
        .live()
        .select_related("user")
        .order_by("-created_at", "-id")
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such session") from None


def _actor(request: Request) -> Actor:
    _, user = _who(request)
    origin = origin_of(request._request)  # noqa: SLF001 - the library's documented way down
    if isinstance(request.auth, AuthenticatedKey):
        return request.auth.actor(origin)
    return Actor(
        ActorKind.USER,
        id=user.id,
        label=user.username,
        tenant_id=user.tenant_id,
        roles=frozenset(user.roles),
        scopes=request.auth.scopes if isinstance(request.auth, LiveToken) else frozenset(),
        origin=origin,
    )
