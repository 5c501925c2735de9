"""What is saved in the console goes through commands: their refusals are said at the fields, what they
did is in the audit trail, and what they made is shown once."""

import re

import pytest

from authn.authenticators import api_keys, passwords
from authn.authenticators.models import ApiKey
from authn.sessions.models import LoginSession
from identity.kernel.actors import Origin
from identity.tenancy.scope import tenant_scope
from tenants.clients import authentication
from tenants.clients.models import Client as App
from tenants.registry.models import Tenant
from tenants.users.models import Group, Role, User
from tests.builders.people import a_user
from tests.identity.console.conftest import Enter, session_cookie
from tests.identity.console.things import everything

pytestmark = pytest.mark.django_db
_SECRET = re.compile(r'<code class="secret__value" dir="ltr">([^<]+)</code>')


def test_an_administrator_adds_a_user_in_the_own_tenant_only(
    enter: Enter, admin_of_north: User, north: Tenant, south: Tenant
) -> None:
    """AD03: a tenant sent along is not looked at."""
    client = enter(admin_of_north)
    sent = {"username": "new", "email": "new@example.com", "tenant": "south", "roles": ["reader"]}
    assert client.post("/console/users/user/add/", sent).status_code == 302
    with tenant_scope(north.id):
        assert User.objects.get(username_key="new").roles == ["reader"]
    with tenant_scope(south.id):
        assert not User.objects.exists()


def test_nobody_becomes_an_operator_outside_the_platforms_tenant(
    enter: Enter, operator: User, admin_of_north: User, north: Tenant
) -> None:
    """Roles by who may grant them."""
    sent = {"username": "x", "email": "x@example.com", "roles": [Role.PLATFORM_OPERATOR]}
    assert enter(admin_of_north).post("/console/users/user/add/", sent).status_code == 200
    response = enter(operator).post("/console/users/user/add/", {**sent, "tenant": "north"})
    assert "roles" in response.context["adminform"].form.errors
    with tenant_scope(north.id):
        assert not User.objects.filter(username_key="x").exists()


def test_the_last_operator_stays(enter: Enter, operator: User) -> None:
    """AD16: the refusal is shown on the page that asked."""
    response = enter(operator).post(f"/console/users/user/{operator.id}/deactivate/")
    assert response.status_code == 400
    assert "last operator" in response.content.decode()


def test_an_initial_password_is_set_and_never_shown(
    enter: Enter, admin_of_north: User, north: Tenant
) -> None:
    """Weak ones are refused at the field; AD04: none comes back in the page."""
    user = a_user(north, "ben")
    client = enter(admin_of_north)
    url = f"/console/users/user/{user.id}/set-password/"
    refused = client.post(url, {"password": "short but secret"[:9]})
    assert refused.status_code == 400
    assert "short but" not in refused.content.decode()
    assert client.post(url, {"password": "correct horse battery staple"}).status_code == 302
    with tenant_scope(north.id):
        assert passwords.verify(user=user, password="correct horse battery staple")


def test_a_clients_secret_is_shown_once(enter: Enter, admin_of_north: User, north: Tenant) -> None:
    """AD04: in the answer that made it, and on no page afterwards."""
    client = enter(admin_of_north)
    sent = {
        "client_id": "shop",
        "name": "Shop",
        "client_type": "confidential",
        "application_type": "web",
        "redirect_uris": "https://shop.example/cb\nhttps://shop.example/cb2",
        "post_logout_redirect_uris": "",
        "grant_types": ["authorization_code"],
        "allowed_scopes": "openid\nprofile",
        "algorithm": "EdDSA",
    }
    response = client.post("/console/clients/client/add/", sent)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    shown = _SECRET.search(response.content.decode())
    assert shown
    with tenant_scope(north.id):
        app = App.objects.prefetch_related("secrets").get(client_id="shop")
        assert authentication.authenticate(client=app, secret=shown[1])
    page = client.get(f"/console/clients/client/{app.id}/change/").content.decode()
    assert shown[1] not in page
    assert "https://shop.example/cb2" in page


def test_a_rotated_secret_is_shown_once_and_the_old_one_ends(
    enter: Enter, admin_of_north: User, north: Tenant
) -> None:
    """Rotation with an overlap of 0 hours."""
    things = everything(north)
    url = f"/console/clients/client/{things['clients/client']}/rotate-secret/"
    response = enter(admin_of_north).post(url, {"overlap_hours": "0"})
    shown = _SECRET.search(response.content.decode())
    assert shown
    with tenant_scope(north.id):
        app = App.objects.prefetch_related("secrets").get(id=things["clients/client"])
        assert authentication.authenticate(client=app, secret=shown[1])
        assert app.secrets.filter(expires_at=None).count() == 1


def test_an_api_key_is_made_for_somebody_of_the_tenant(
    enter: Enter, admin_of_north: User, north: Tenant, south: Tenant
) -> None:
    """AD03: the owner is looked for in the own tenant only."""
    a_user(south, "stranger")
    client = enter(admin_of_north)
    sent = {"name": "ci", "scopes": ["USER:READ"], "networks": "", "expires_on": ""}
    refused = client.post("/console/authenticators/apikey/add/", {**sent, "owner": "stranger"})
    assert "owner" in refused.context["adminform"].form.errors
    made = client.post("/console/authenticators/apikey/add/", {**sent, "owner": "ada"})
    shown = _SECRET.search(made.content.decode())
    assert shown
    assert api_keys.authenticate(presented=shown[1], origin=Origin(ip="192.0.2.1"))


def test_a_session_is_ended(enter: Enter, admin_of_north: User, north: Tenant) -> None:
    """Issue 2.8: an operator ends a session; the list says so."""
    session_cookie(a_user(north, "ben"))
    with tenant_scope(north.id):
        session = LoginSession.objects.get(user__username_key="ben")
    client = enter(admin_of_north)
    url = f"/console/login_sessions/loginsession/{session.id}/end/"
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    with tenant_scope(north.id):
        session.refresh_from_db()
    assert session.ended_at is not None


def test_what_is_ticked_is_done_to_all_or_to_none(
    enter: Enter, admin_of_north: User, north: Tenant, south: Tenant
) -> None:
    """AD09: mixed ids of two tenants → all refused."""
    ben, cleo = a_user(north, "ben"), a_user(north, "cleo")
    stranger = a_user(south, "stranger")
    client = enter(admin_of_north)
    sent = {"action": "deactivate", "index": "0", "select_across": "0", "confirmed": "1"}

    def post(*users: User) -> None:
        ticked = [str(user.id) for user in users]
        client.post("/console/users/user/", {**sent, "_selected_action": ticked})

    post(ben, stranger)
    assert disabled(north) == disabled(south) == set()
    post(ben, cleo)
    assert disabled(north) == {"ben", "cleo"}


def test_several_are_asked_for_before_anything_is_done(
    enter: Enter, admin_of_north: User, north: Tenant
) -> None:
    """A tick and a click show who is meant; select-across and odd ids are refused."""
    ben = a_user(north, "ben")
    client = enter(admin_of_north)
    sent = {"action": "deactivate", "index": "0", "select_across": "0"}
    page = client.post("/console/users/user/", {**sent, "_selected_action": [str(ben.id)]})
    assert "ben" in page.content.decode()
    assert disabled(north) == set()
    across = {**sent, "select_across": "1", "confirmed": "1", "_selected_action": [str(ben.id)]}
    assert client.post("/console/users/user/", across).status_code == 400
    odd = {**sent, "_selected_action": ["' OR 1=1"], "confirmed": "1"}
    assert client.post("/console/users/user/", odd).status_code == 400


def test_members_of_a_group_come_and_go(enter: Enter, admin_of_north: User, north: Tenant) -> None:
    """Groups change by commands as well."""
    things = everything(north)
    a_user(north, "ben")
    client = enter(admin_of_north)
    url = f"/console/users/group/{things['users/group']}"
    assert client.post(f"{url}/add-member/", {"member": "BEN"}).status_code == 302
    assert client.post(f"{url}/add-member/", {"member": "nobody"}).status_code == 400
    with tenant_scope(north.id):
        group = Group.objects.get(id=things["users/group"])
        assert group.memberships.count() == 2


def test_a_key_is_revoked(enter: Enter, admin_of_north: User, north: Tenant) -> None:
    """Revoking deletes: the page is gone afterwards."""
    things = everything(north)
    client = enter(admin_of_north)
    url = f"/console/authenticators/apikey/{things['authenticators/apikey']}"
    assert client.post(f"{url}/revoke/").status_code == 302
    assert client.get(f"{url}/change/").status_code == 404
    with tenant_scope(north.id):
        assert not ApiKey.objects.exists()


def test_posts_without_the_pages_token_change_nothing(
    enter: Enter, admin_of_north: User, north: Tenant
) -> None:
    """WB01: every mutating route without a CSRF token → 403, database unchanged."""
    ben = a_user(north, "ben")
    client = enter(admin_of_north)
    client.handler.enforce_csrf_checks = True
    for path in (
        f"/console/users/user/{ben.id}/deactivate/",
        f"/console/users/user/{ben.id}/change/",
        "/console/users/user/add/",
        "/console/leave/",
    ):
        assert client.post(path, {"username": "x", "email": "x@example.com"}).status_code == 403
    assert disabled(north) == set()


def disabled(tenant: Tenant) -> set[str]:
    """Names of who may not sign in."""
    with tenant_scope(tenant.id):
        return set(User.objects.filter(is_disabled=True).values_list("username", flat=True))
