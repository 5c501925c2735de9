"""One object of every sort that the console shows, in one tenant."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from authn.authenticators import api_keys, passwords
from authn.blocking.models import Block, SubjectKind
from authn.sessions.models import LoginSession
from identity.audit.models import Event
from identity.kernel.actors import SYSTEM
from identity.outbox import sending
from identity.tenancy.scope import platform_scope, tenant_scope
from oidc.consents import consenting
from oidc.consents.models import Consent
from tenants.clients import registration
from tenants.keys.models import EncryptionKey, SigningKey
from tenants.registry.models import Tenant
from tests.builders.people import a_group, a_user
from tests.identity.console.conftest import session_cookie

PASSWORD = "a long enough pass phrase"


def everything(tenant: Tenant) -> dict[str, UUID]:
    """Path of a model's pages → id of an object of `tenant`."""
    user = a_user(tenant, f"vera-{tenant.slug}", name="Vera <b>Bold</b>")
    group = a_group(tenant, "Staff", user)
    passwords.set_password(user=user, password=PASSWORD, actor=SYSTEM)
    made = registration.register(
        tenant=tenant,
        client_id=f"shop-{tenant.slug}",
        name="Shop <script>alert(1)</script>",
        redirect_uris=["https://shop.example/cb"],
        actor=SYSTEM,
    )
    key = api_keys.create(owner=user, name="ci", scopes=["USER"], actor=SYSTEM)
    session_cookie(user)
    with tenant_scope(tenant.id):
        consenting.give(
            user=user, client=made.client, scopes=["openid"], documents={}, actor=SYSTEM
        )
        block = Block.objects.create(
            tenant=tenant,
            kind=SubjectKind.USER,
            subject=str(user.id),
            user=user,
            block_seconds=60,
            ends_at=timezone.now() + timedelta(minutes=5),
        )
    with platform_scope():
        message = sending.enqueue("mail.verification", {"to": "x"}, tenant_id=tenant.id)
        first: dict[type[Model], UUID] = {
            model: model._default_manager.filter(tenant_id=tenant.id).values_list("pk", flat=True)[
                0
            ]
            for model in (SigningKey, EncryptionKey, LoginSession, Consent, Event)
        }
    return {
        "tenants/tenant": tenant.id,
        "users/user": user.id,
        "users/group": group.id,
        "clients/client": made.client.id,
        "authenticators/apikey": key.key.id,
        "blocking/block": block.id,
        "tenant_keys/signingkey": first[SigningKey],
        "tenant_keys/encryptionkey": first[EncryptionKey],
        "login_sessions/loginsession": first[LoginSession],
        "consents/consent": first[Consent],
        "audit/event": first[Event],
        "outbox/message": message,
    }
