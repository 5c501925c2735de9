"""The edge that machines call: a tenant's scope around a view, and every refusal in OAuth's words."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2 import OAuth2Error

from identity.kernel.errors import DomainError
from oidc.provider import errors
from oidc.provider.parameters import Malformed
from tenants.registry.scoping import in_tenant

View = Callable[..., HttpResponseBase]


def worded(view: View) -> View:
    """What `view` raises becomes an answer. No CSRF token: machines send no cookies."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Malformed as problem:
            return errors.malformed(problem)
        except OAuth2Error as error:
            return errors.oauth(error)
        except DomainError as error:
            return errors.worded(error)

    return answer


def of_tenant(view: View) -> View:
    """The same for a view whose path names the tenant."""
    return csrf_exempt(in_tenant(on_missing=errors.no_tenant)(worded(view)))
