"""The tenant of a request: from its path, around its view, through its stream."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.views.decorators.csrf import csrf_exempt

from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import NOWHERE, current
from tenants.registry import lifecycle
from tenants.registry.scoping import TenantRequest, in_tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.builders.tenants import a_tenant

pytestmark = pytest.mark.django_db


@in_tenant
def names(request: TenantRequest, **kwargs: Any) -> HttpResponse:
    """Everybody, without any filter: the wall alone decides."""
    assert kwargs == {"page": 1}
    found = ",".join(User.objects.values_list("username", flat=True))
    return HttpResponse(f"{request.tenant.slug}:{found}")


@in_tenant
def streamed(request: TenantRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        yield f"{request.tenant.slug}:"
        yield from User.objects.values_list("username", flat=True)

    return StreamingHttpResponse(parts())


@in_tenant
def failing(_request: TenantRequest) -> HttpResponse:
    raise ZeroDivisionError


@in_tenant(on_missing=lambda _request: HttpResponse("no such issuer", status=404))
def protocol(_request: TenantRequest) -> HttpResponse:
    return HttpResponse("here")


@pytest.fixture(autouse=True)
def _two_tenants() -> None:
    for slug, username in (("one", "ada"), ("other", "bob")):
        a_user(a_tenant(slug), username)


def call(view: Any, slug: str, **kwargs: Any) -> Any:
    return view(RequestFactory().get("/"), tenant_slug=slug, **kwargs)


def test_a_view_sees_its_tenant_only() -> None:
    """Issue 2, 4: the tenant comes from the path and is set once."""
    for slug, username in (("one", "ada"), ("other", "bob"), ("one", "ada")):
        answer = call(names, slug, page=1)
        assert answer.content.decode() == f"{slug}:{username}"
        assert current() == NOWHERE


def test_a_stream_is_made_in_the_scope_that_began_it() -> None:
    """tenancy §3: the body is read after the view's scope was left."""
    answers = [call(streamed, slug) for slug in ("one", "other")]
    assert current() == NOWHERE

    bodies = [b"".join(answer.streaming_content).decode() for answer in answers]

    assert bodies == ["one:ada", "other:bob"]
    assert current() == NOWHERE


def test_the_scope_is_left_when_a_view_fails() -> None:
    """A thread serves the next tenant afterwards."""
    with pytest.raises(ZeroDivisionError):
        call(failing, "one")

    assert current() == NOWHERE


def test_an_unknown_and_a_suspended_tenant_are_the_same() -> None:
    """A page is a 404; a protocol words it by itself."""
    lifecycle.suspend(tenant=a_tenant("resting"), actor=SYSTEM)

    for slug in ("nobody", "resting"):
        with pytest.raises(Http404):
            call(names, slug, page=1)
        answer = call(protocol, slug)
        assert (answer.status_code, answer.content) == (404, b"no such issuer")
    assert call(protocol, "one").content == b"here"


def test_marks_on_a_view_are_kept() -> None:
    """csrf_exempt and its like are attributes."""

    @csrf_exempt
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert vars(in_tenant(view))["csrf_exempt"]
