"""The UserInfo endpoint (OpenID Connect Core §5.3), bearer tokens as RFC 6750 has them."""

from typing import Any, Final

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from authn.sessions import tokens
from oidc.consents import scopes as scope_words
from oidc.provider import claims, edge, errors, parameters
from oidc.provider.parameters import FORM, Malformed

_REALM: Final = 'Bearer realm="signet"'


@require_http_methods(["GET", "POST"])
@edge.of_tenant
def userinfo(request: Any) -> HttpResponse:
    """The claims that the token's scopes release; one statement."""
    try:
        value = _bearer(request)
    except Malformed as problem:
        return _challenged("invalid_request", problem.description, 400)
    if not value:
        # RFC 6750 §3.1: no error code for a request without any authentication.
        return errors.json_answer({}, 401, {**errors.NO_STORE, "WWW-Authenticate": _REALM})
    live = tokens.inspect(tenant=request.tenant, value=value)
    if live is None or live.user is None or not live.is_for(tokens.issuer_of(request.tenant)):
        return _challenged("invalid_token", "The access token is not valid", 401)
    if scope_words.OPENID not in live.scopes:
        return _challenged("insufficient_scope", "The scope openid is needed", 403)
    person = claims.person_of(live.user)
    return errors.json_answer({"sub": str(person.id), **claims.released(person, live.scopes)})


def _bearer(request: Any) -> str:
    """RFC 6750 §2.1 (header) or §2.2 (form), one of them; never the query (TK19). Else Malformed."""
    if request.META.get("QUERY_STRING"):
        raise Malformed("Nothing belongs into the address of this endpoint")
    scheme, _, header = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    in_header = header.strip() if scheme.lower() == "bearer" else ""
    has_form = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == FORM
    if request.method != "POST" or not has_form:
        return in_header
    form = parameters.of_form(request)
    if in_header and "access_token" in form:
        raise Malformed("The access token was given in two ways")
    return in_header or form.get("access_token")


def _challenged(code: str, description: str, status: int) -> HttpResponse:
    """RFC 6750 §3: what is wrong, in the header and in the body."""
    challenge = f'{_REALM}, error="{code}", error_description="{description}"'
    if code == "insufficient_scope":
        challenge += f', scope="{scope_words.OPENID}"'
    return errors.json_error(code, description, status, {"WWW-Authenticate": challenge})
