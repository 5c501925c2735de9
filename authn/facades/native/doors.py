"""What all operations of this face have in common: forms, refusals, and pages of other origins."""

from typing import Any, ClassVar, Final

from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import NotAuthenticated, ParseError, ValidationError
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from authn.authenticators import web_origins
from authn.facades.native import places
from authn.facades.native.wording import TooLarge, WrongOrigin, refused
from authn.login import refusals
from authn.sessions.api.permissions import ACCOUNT
from authn.sessions.tokens import LiveToken
from identity.kernel.client_events import origin_of
from identity.kernel.errors import DomainError, Invalid
from tenants.registry.models import Tenant
from tenants.users.models import User

# Two fields of 64 KiB and the evidence beside them.
_LONGEST_BODY: Final = 262_144
_PREFLIGHT_SECONDS: Final = "600"


class Door(APIView):
    """Base of the operations.

    `act` names in the audit trail what a malformed submission tried; "" where nothing is judged.
    `is_shared`: pages at the tenant's `login_origins` may call it (protocol §6 step 3).
    """

    act: ClassVar = ""
    is_shared: ClassVar = False

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What browsers ask before a page elsewhere may call."""
        response = Response(status=204)
        if self.is_shared and self._shares_with(request) is not None:
            response["Access-Control-Allow-Methods"] = ", ".join(self.allowed_methods)
            response["Access-Control-Allow-Headers"] = "Accept, Content-Type"
            response["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        return response

    def handle_exception(self, exc: Exception) -> Response:
        """As the library does; a malformed submission leaves a trace, and a page from elsewhere
        hears what everybody hears."""
        is_elsewhere = isinstance(exc, WrongOrigin)
        if self.act and (is_elsewhere or isinstance(exc, ValidationError | Invalid)):
            self._note("wrong_origin" if is_elsewhere else "malformed")
        return refused() if is_elsewhere else super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """As the library does; kept by nobody unless the operation says so."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        if self.is_shared:
            patch_vary_headers(answer, ["Origin"])
            # Without credentials: no cookie has a say at these operations.
            if (page := self._shares_with(request)) is not None:
                answer["Access-Control-Allow-Origin"] = page
                answer["Access-Control-Expose-Headers"] = "Retry-After"
        return answer

    def _shares_with(self, request: Any) -> str | None:
        header = request.META.get("HTTP_ORIGIN")
        tenant = _tenant_or_none(request) if header else None
        return web_origins.accepted(tenant, header) if tenant is not None else None

    def _note(self, reason: str) -> None:
        tenant = _tenant_or_none(self.request)
        if tenant is not None:
            origin = origin_of(self.request._request)  # noqa: SLF001 - the library's way down
            refusals.note(reason, tenant=tenant, user=None, origin=origin, act=self.act)


class OpenDoor(Door):
    """An operation for anybody: no credential is looked at."""

    authentication_classes = []
    permission_classes = [AllowAny]


class IsOnOneself(BasePermission):
    """A bearer token with the scope `account`: an API key never stands for its owner here."""

    message = "This credential may not do this"
    code = "forbidden"

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """See the class."""
        credential = request.auth
        return isinstance(credential, LiveToken) and ACCOUNT in credential.scopes


class OwnDoor(Door):
    """An operation of a signed-in person on themselves."""

    permission_classes = [IsOnOneself]


def who(request: Request) -> tuple[User, LiveToken]:
    """The person, and their token."""
    user, token = request.user, request.auth
    if not isinstance(user, User) or not isinstance(token, LiveToken):
        raise NotAuthenticated
    return user, token


def filled(form: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The form's fields. Raises ValidationError, a 422, for everything that is malformed."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > _LONGEST_BODY:
        raise TooLarge
    try:
        data = request.data
    except (ParseError, RecursionError):
        raise ValidationError("The body is not JSON.", code="json_invalid") from None
    found = form(data=data)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


def _tenant_or_none(request: Any) -> Tenant | None:
    try:
        return places.tenant_of(request)
    except (DomainError, ValidationError):
        return None
