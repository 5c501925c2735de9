"""The token endpoint at its three paths (contract 2.4, operations 12 to 14)."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.views import TokenView as ToolkitTokenView

from identity.tenancy.scope import tenant_scope
from oidc.provider import edge, errors, parameters
from oidc.provider.parameters import Malformed, Parameters
from oidc.provider.server import Server, TokenRequest
from oidc.provider.validator import Validator
from tenants.registry import resolution


class Core(OAuthLibCore):  # type: ignore[misc]  # no types
    """From Django's request to oauthlib's answer, without the toolkit's detours through text."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def create_token_response(self, request: Any) -> Any:
        """(location, headers, body, status), as the toolkit's view expects it."""
        asked = TokenRequest(request, request.tenant, request.form)
        headers, body, status = self.server.respond(asked)
        return None, headers, body, status


class _OwnCore:
    """`OAuthLibMixin` finds the core that a parent class cached, with the parent's validator, and
    silently keeps it (defect 7): each class gets its own when it is made."""

    server_class: type[Server] = Server
    validator_class: type[Validator] = Validator

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._oauthlib_core = Core(cls.server_class(cls.validator_class()))  # type: ignore[attr-defined]


@method_decorator(
    sensitive_post_parameters("client_secret", "code", "code_verifier", "refresh_token"),
    name="dispatch",
)
class TokenView(_OwnCore, ToolkitTokenView):  # type: ignore[misc]  # no types
    """Operation 14, the advertised one. Nothing issued is read again (defect 2)."""

    http_method_names = ("post",)
    # What an absent field of these is answered with is FastAPI's 422 on the native paths.
    required: tuple[str, ...] = ()

    def post(self, request: Any, *_: Any, **__: Any) -> HttpResponse:
        """Answer one token request in the scope of `request.tenant`."""
        request.form = parameters.of_form(request)
        missing = [name for name in self.required if name not in request.form]
        if missing:
            return errors.json_answer({"detail": [_absent(name) for name in missing]}, 422)
        return self.respond(request)

    def respond(self, request: Any) -> HttpResponse:
        """The implementation behind all three paths."""
        form: Parameters = request.form
        if form.get("tenant_id") not in {"", request.tenant.slug}:
            raise Malformed("tenant_id names another tenant")
        _, headers, body, status = self.create_token_response(request)
        response = HttpResponse(body, content_type="application/json", status=status)
        for name, value in {**headers, **errors.NO_STORE}.items():
            response.headers[name] = value
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = errors.BASIC_CHALLENGE
        return response


class NativeTokenView(TokenView):
    """Operation 13: the tenant in the path."""

    required = ("client_id", "grant_type")


class FormTokenView(TokenView):
    """Operation 12: the tenant in the form."""

    required = ("tenant_id", "client_id", "grant_type")

    def respond(self, request: Any) -> HttpResponse:
        """As operation 14, for the tenant that the form names."""
        tenant = resolution.by_slug(request.form.get("tenant_id"))
        if tenant is None:
            return errors.no_tenant(request)
        request.tenant = tenant
        with tenant_scope(tenant.id):
            return super().respond(request)


def _absent(name: str) -> dict[str, Any]:
    return {"loc": ["body", name], "msg": "Field required", "type": "missing"}


token = edge.of_tenant(TokenView.as_view())
native_token = edge.of_tenant(NativeTokenView.as_view())
form_token = edge.worded(FormTokenView.as_view())
