"""How the native API words refusals."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404
from rest_framework import exceptions, serializers

from identity.config import native
from identity.kernel import errors

CONTEXT: dict[str, Any] = {"request": SimpleNamespace(META={"SIGNET_REQUEST_ID": "abc"})}


class Wanted(serializers.Serializer[Any]):
    """An input with a nested part."""

    username = serializers.CharField(max_length=3)
    scopes = serializers.ListField(child=serializers.CharField(max_length=2))


def test_every_domain_error_has_a_status() -> None:
    """Architecture: "a test asserts that each table is total"."""
    assert set(native.STATUSES) == set(errors.DomainError.__subclasses__())


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (errors.NotFound("There is no such session"), 404, "not_found"),
        (errors.Conflict("email", "Taken"), 409, "conflict"),
        (errors.Forbidden("No"), 403, "forbidden"),
        (errors.Refused("No"), 400, "refused"),
        (errors.Blocked(30), 429, "blocked"),
        (Http404(), 404, "not_found"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    ],
)
def test_a_refusal_has_detail_code_and_request_id(
    problem: Exception, status: int, code: str
) -> None:
    """Contract 2.3: body `{"detail": "…"}`; code and request_id beside it."""
    answer = native.worded(problem, CONTEXT)

    assert answer is not None
    assert answer.status_code == status
    assert set(answer.data) == {"detail", "code", "request_id"}
    assert (answer.data["code"], answer.data["request_id"]) == (code, "abc")
    assert isinstance(answer.data["detail"], str)


def test_a_block_says_when_to_come_back() -> None:
    """Contract 2.3: 429 with Retry-After."""
    answer = native.worded(errors.Blocked(30), CONTEXT)

    assert answer is not None
    assert answer["Retry-After"] == "30"


def test_a_mistake_in_the_input_is_told_with_its_place() -> None:
    """Contract 2.3: 422 `{"detail":[{"loc":["body","username"],"msg":"…","type":"…"}]}`."""
    form = Wanted(data={"username": "long", "scopes": ["ok", "long"]})
    with pytest.raises(exceptions.ValidationError) as caught:
        form.is_valid(raise_exception=True)

    by_form = native.worded(caught.value, CONTEXT)
    by_command = native.worded(errors.Invalid("email", "is taken"), CONTEXT)

    assert by_form is not None
    assert by_command is not None
    assert by_form.status_code == by_command.status_code == 422
    assert [each["loc"] for each in by_form.data["detail"]] == [
        ["body", "username"],
        ["body", "scopes", 1],
    ]
    assert by_command.data["detail"] == [
        {"loc": ["body", "email"], "msg": "is taken", "type": "invalid"}
    ]


def test_a_fault_of_ours_is_not_worded() -> None:
    """A programming error is a 500, never a polite refusal."""
    assert native.worded(RuntimeError(), CONTEXT) is None
