"""How outcomes read on the wire of face 001 (contract 2.3). Total: each outcome has its words."""

from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from authn.login.outcomes import Failed, Proven, Stopped
from authn.login.refusals import CODE
from identity.kernel.errors import Blocked, Forbidden

# No request id in here: the answer to every failed proof is the same to the byte (protocol §6).
_REFUSAL: Final = {"detail": CODE}


class QueryMistake(ValidationError):
    """A parameter of the query is missing or malformed."""

    place: Final = ("query",)


class TooLarge(APIException):
    """More than any form of this face holds."""

    status_code = 413
    default_detail = "The request is too large"
    default_code = "too_large"


class LoginTooOld(APIException):
    """What is asked for needs a sign-in of the last minutes."""

    status_code = 401
    default_detail = "Sign in again to do this"
    default_code = "login_too_old"


class LivenessRequired(APIException):
    """The tenant asks for evidence of a living face, and this is none."""

    status_code = 403
    default_detail = "liveness_required"
    default_code = "liveness_required"


class WrongOrigin(Forbidden):
    """The page is not one of those from which this tenant takes proofs."""

    code = CODE


def refused() -> Response:
    """401, for whatever reason."""
    response = Response(_REFUSAL, status=401)
    # RFC 9110 §15.5.2: a 401 names a scheme.
    response["WWW-Authenticate"] = 'Picture realm="api"'
    return response


def proven(outcome: Proven) -> Response:
    """Operation 3: the ticket, and whether a step is owed after it."""
    return Response({"nonce": outcome.nonce, "need_verify": outcome.need_verify})


def done(status: int = 200) -> HttpResponse:
    """The contract's untyped success: null, which the library's Response would leave out."""
    return JsonResponse(None, safe=False, status=status)


def answered(outcome: Failed | Stopped | Any, success: HttpResponse) -> HttpResponse:
    """`success` unless the outcome says otherwise. Raises Blocked, which is a 429."""
    if isinstance(outcome, Stopped):
        raise Blocked(outcome.retry_after_seconds)
    return refused() if isinstance(outcome, Failed) else success
