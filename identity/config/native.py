"""How the native API words refusals: `{"detail", "code", "request_id"}` (contract 2.3)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from identity.kernel import errors, outbound

# Total: a test walks the subclasses of DomainError.
STATUSES: Final[Mapping[type[errors.DomainError], int]] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Refused: 400,
    errors.Blocked: 429,
    outbound.Unreachable: 502,
}


def worded(problem: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception from a view of django-rest-framework; None: a 500."""
    request_id = context["request"].META.get("SIGNET_REQUEST_ID", "")
    if isinstance(problem, errors.DomainError):
        set_rollback()
        return _of_domain(problem, request_id)
    if isinstance(problem, Http404):
        problem = exceptions.NotFound()
    if not isinstance(problem, exceptions.APIException):
        return None
    set_rollback()
    if isinstance(problem, exceptions.ValidationError):
        detail = list(_mistakes(problem.get_full_details(), getattr(problem, "place", ("body",))))
        body = {"detail": detail, "code": errors.Invalid.code, "request_id": request_id}
        return Response(body, status=STATUSES[errors.Invalid])
    body = {"detail": _text(problem), "code": _code(problem), "request_id": request_id}
    response = Response(body, status=problem.status_code)
    if header := getattr(problem, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(problem, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def _of_domain(problem: errors.DomainError, request_id: str) -> Response:
    status = next(
        (STATUSES[kind] for kind in type(problem).__mro__ if kind in STATUSES),
        400,
    )
    detail: Any = problem.detail
    if isinstance(problem, errors.Invalid):
        detail = [{"loc": ["body", problem.field], "msg": problem.problem, "type": problem.code}]
    response = Response(
        {"detail": detail, "code": problem.code, "request_id": request_id}, status=status
    )
    if isinstance(problem, errors.Blocked):
        response["Retry-After"] = str(problem.retry_after_seconds)
    return response


def _mistakes(found: Any, place: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Each mistake with its place, as contract 2.3 wants it."""
    if isinstance(found, dict) and "message" in found and "code" in found:
        yield {"loc": list(place), "msg": str(found["message"]), "type": str(found["code"])}
    elif isinstance(found, dict):
        for name, inner in found.items():
            yield from _mistakes(inner, place if name == "non_field_errors" else (*place, name))
    elif isinstance(found, list):
        for inner in found:
            yield from _mistakes(inner, place)


def _text(problem: exceptions.APIException) -> Any:
    detail = problem.detail
    # Simplejwt puts a mapping of its own there; its words are for nobody.
    return detail if isinstance(detail, str) else "Invalid credentials"


def _code(problem: exceptions.APIException) -> str:
    codes = problem.get_codes()
    return codes if isinstance(codes, str) else "not_authenticated"
