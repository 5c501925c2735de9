"""People with pictures, enrolled and signing in by the protocol itself."""

from typing import Any

from django.utils import timezone

from authn.authenticators.zkp import challenges, enrolment, proving
from authn.authenticators.zkp.encoding import prefixed
from authn.authenticators.zkp.transcript import Exchange, Purpose
from identity.kernel.actors import SYSTEM, Origin
from identity.tenancy.scope import tenant_scope
from tenants.keys import encryption
from tenants.registry.models import Tenant
from tenants.users.models import User
from tests.devices.image_client import ImageClient, Secrets, b64u, quickly, raw_of

ORIGIN = "https://id.example.test"
HERE = Origin(ip="203.0.113.7")


def server_key(tenant: Tenant) -> bytes:
    """The key that a page reads from the published set: the one that challenges name."""
    return encryption.of(tenant.id).named_at(timezone.now()).public


def exchange_of(page: ImageClient, **changes: str) -> Exchange:
    """What the server knows of this page's request."""
    values = {
        "tenant_id": page.tenant_id,
        "username": page.username,
        "origin": page.origin,
        "auth_req_id": page.auth_req_id,
    }
    return Exchange(**(values | changes))


def a_page(
    tenant: Tenant, username: str, secrets: Secrets | None = None, **more: Any
) -> ImageClient:
    """Somebody's page, without a challenge."""
    return ImageClient(tenant.slug, username, ORIGIN, secrets or quickly(username), **more)


def asked(tenant: Tenant, page: ImageClient, origin: Origin = HERE) -> ImageClient:
    """The page has asked for a challenge and opened it."""
    with tenant_scope(tenant.id):
        page.receive(
            challenges.issue(
                tenant=tenant,
                exchange=exchange_of(page),
                cipher_key=raw_of(page.cipher_key),
                origin=origin,
            )
        )
    return page


def judged(
    tenant: Tenant,
    user: User | None,
    page: ImageClient,
    answer: str | None = None,
    *,
    exchange: Exchange | None = None,
    origin: Origin = HERE,
    **more: Any,
) -> proving.Verdict:
    """What the server says to the page's answer."""
    with tenant_scope(tenant.id):
        return proving.verify(
            tenant=tenant,
            user=user,
            exchange=exchange or exchange_of(page),
            response=proving.read(
                challenge_id=b64u(page.challenge_id),
                challenge_data=answer or page.answer(server_key(tenant)),
                cipher_key=more.pop("cipher_key", page.cipher_key),
            ),
            origin=origin,
            **more,
        )


def examined(
    tenant: Tenant,
    user: User | None,
    page: ImageClient,
    commitment: str,
    purpose: Purpose,
    *,
    exchange: Exchange | None = None,
    origin: Origin = HERE,
    **more: Any,
) -> Any:
    """What the server says to new commitments."""
    with tenant_scope(tenant.id):
        return enrolment.examine(
            tenant=tenant,
            user=user,
            exchange=exchange or exchange_of(page),
            envelope=enrolment.read(encrypted_commitment=commitment, purpose=purpose),
            purpose=purpose,
            origin=origin,
            **more,
        )


def enrolled(tenant: Tenant, user: User, secrets: Secrets | None = None) -> Secrets:
    """`user` has a picture now; the secrets that sign in with it."""
    page = asked(tenant, a_page(tenant, user.username, secrets))
    offer = examined(
        tenant,
        None,
        page,
        page.commit(server_key(tenant), Purpose.REGISTER, email=user.email),
        Purpose.REGISTER,
        stated=prefixed(user.email),
    )
    assert isinstance(offer, enrolment.Offer), offer
    enrolment.enrol(user=user, offer=offer, actor=SYSTEM)
    return page.secrets
