"""Every act of every page is done once, by one command, and the audit trail says by whom."""

from typing import Any

import pytest
from django.utils import timezone

from identity.audit.models import Event
from identity.console.site import site
from identity.outbox.models import Message
from identity.tenancy.scope import platform_scope
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.builders.people import a_user
from tests.identity.console.conftest import Enter
from tests.identity.console.things import everything

pytestmark = pytest.mark.django_db

# (model, act) → what is typed, and the type of event that must be recorded.
ACTS: dict[tuple[str, str], tuple[dict[str, str], str]] = {
    ("users/user", "verify"): ({}, "user.verified"),
    ("users/user", "set-password"): ({"password": "another long pass phrase"}, "password.set"),
    ("users/user", "end-sessions"): ({}, "session.all_ended"),
    ("users/user", "deactivate"): ({}, "user.deactivated"),
    ("users/user", "reactivate"): ({}, "user.reactivated"),
    ("users/user", "remove"): ({}, "user.deleted"),
    ("users/group", "add-member"): ({"member": "ben"}, "group.members_changed"),
    ("users/group", "remove-member"): ({"member": "ben"}, "group.members_changed"),
    ("users/group", "remove"): ({}, "group.deleted"),
    ("clients/client", "rotate-secret"): ({"overlap_hours": "1"}, "client.secret_rotated"),
    ("clients/client", "disable"): ({}, "client.updated"),
    ("clients/client", "enable"): ({}, "client.updated"),
    ("clients/client", "remove"): ({}, "client.deleted"),
    ("authenticators/apikey", "revoke"): ({}, "api_key.revoked"),
    ("blocking/block", "lift"): ({}, "block.lifted"),
    ("tenant_keys/signingkey", "rotate"): ({"how": "now"}, "signing_key.rotated"),
    ("tenant_keys/encryptionkey", "rotate"): ({}, "encryption_key.rotated"),
    ("login_sessions/loginsession", "end"): ({}, "session.ended"),
    ("consents/consent", "withdraw"): ({}, "consent.withdrawn"),
    ("outbox/message", "retry"): ({}, "outbox.message_retried"),
    ("tenants/tenant", "suspend"): ({}, "tenant.suspended"),
    ("tenants/tenant", "resume"): ({}, "tenant.resumed"),
    ("tenants/tenant", "remove"): ({"slug": "north"}, "tenant.deleted"),
}
# What must have been done before the act can be done.
BEFORE = {
    ("users/user", "reactivate"): "deactivate",
    ("users/group", "remove-member"): "add-member",
    ("clients/client", "enable"): "disable",
    ("tenants/tenant", "resume"): "suspend",
}


def registered() -> set[tuple[str, str]]:
    """Every act that some page offers."""
    pages: dict[Any, Any] = site._registry
    return {
        (f"{model._meta.app_label}/{model._meta.model_name}", act.name)
        for model, page in pages.items()
        for act in page.all_acts()
    }


def test_every_act_is_in_the_table() -> None:
    """AD19: an act that nobody tries here fails this."""
    assert registered() == set(ACTS)


@pytest.mark.parametrize(("model", "act"), sorted(ACTS), ids=str)
def test_an_act_is_asked_for_done_and_recorded(
    enter: Enter, operator: User, north: Tenant, model: str, act: str
) -> None:
    """Architecture: actions call commands; WB03: a GET changes nothing."""
    things = everything(north)
    a_user(north, "ben")
    data, event = ACTS[model, act]
    url = f"/console/{model}/{things[model]}"
    client = enter(operator)
    with platform_scope():
        User.objects.filter(pk=things["users/user"]).update(is_verified=act != "verify")
        Message.objects.filter(pk=things["outbox/message"]).update(dead_at=timezone.now())
    if (before := BEFORE.get((model, act))) is not None:
        assert client.post(f"{url}/{before}/", ACTS[model, before][0]).status_code == 302
    with platform_scope():
        known = set(Event.objects.values_list("pk", flat=True))
    assert client.get(f"{url}/{act}/").status_code == 200
    with platform_scope():
        assert not Event.objects.exclude(pk__in=known).exists()
    response = client.post(f"{url}/{act}/", data)
    assert response.status_code in {200, 302}
    with platform_scope():
        fresh = Event.objects.exclude(pk__in=known)
        assert [each.actor_id for each in fresh.filter(type=event)] == [operator.id]
        assert set(fresh.values_list("outcome", flat=True)) == {"success"}


def test_a_message_that_was_not_given_up_is_not_tried_again(
    enter: Enter, operator: User, north: Tenant
) -> None:
    """The act is offered for dead letters only."""
    things = everything(north)
    url = f"/console/outbox/message/{things['outbox/message']}/retry/"
    assert enter(operator).post(url).status_code == 403


def test_a_tenant_is_deleted_only_by_its_name(enter: Enter, operator: User, north: Tenant) -> None:
    """What cannot be undone is typed."""
    url = f"/console/tenants/tenant/{north.id}/remove/"
    assert enter(operator).post(url, {"slug": "south"}).status_code == 400
    assert Tenant.objects.filter(id=north.id).exists()
