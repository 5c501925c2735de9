"""Clients. A secret is an initial value; a confidential client without one gets a generated one."""

from collections.abc import Sequence
from functools import partial

from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import ClientItem
from tenants.clients import authentication, registration
from tenants.clients.metadata import Metadata, Settings
from tenants.clients.models import Client
from tenants.registry.models import Tenant


def apply(run: Run, path: Path, tenant: Tenant, items: Sequence[ClientItem]) -> None:
    """Create and change clients; with `--prune` delete the others, locked ones refused."""
    for index, item in enumerate(items):
        here = (*path, index)
        run.attempt(here, partial(_ensure, run, here, tenant, item))
    if run.is_pruning:
        kept = {item.client_id for item in items}
        for client in Client.objects.of(tenant).exclude(client_id__in=kept):
            run.attempt(path, partial(_prune, run, tenant, client))


def _ensure(run: Run, path: Path, tenant: Tenant, item: ClientItem) -> Client | None:
    wanted = _wanted(item)
    held = Client.objects.of(tenant).filter(client_id=item.client_id).first()
    if held is None:
        return _create(run, path, tenant, item, wanted)
    client = registration.update(client=held, actor=run.actor, name=item.name, **wanted)
    details = Metadata.of(client).differences(Metadata.of(held))
    secret = item.client_secret if item.force else None
    if secret is not None and not authentication.authenticate(client=client, secret=secret):
        registration.rotate_secret(client=client, client_secret=secret, actor=run.actor)
        details.append("client_secret")
    run.note("changed" if details else "left", "client", client.client_id, tenant.slug, *details)
    return client


def _prune(run: Run, tenant: Tenant, client: Client) -> None:
    registration.delete(client=client, actor=run.actor)
    run.note("pruned", "client", client.client_id, tenant.slug)


def _create(
    run: Run, path: Path, tenant: Tenant, item: ClientItem, wanted: Settings
) -> Client | None:
    needs_secret = item.client_type == "confidential" and item.client_secret is None
    if needs_secret and not run.may_generate(path, "client_secret"):
        return None
    made = registration.register(
        tenant=tenant,
        client_id=item.client_id,
        name=item.name,
        client_secret=item.client_secret,
        actor=run.actor,
        **wanted,
    )
    if needs_secret and made.secret is not None:
        run.keep(f"{tenant.slug} client {item.client_id} secret", made.secret)
    run.note("created", "client", item.client_id, tenant.slug)
    return made.client


def _wanted(item: ClientItem) -> Settings:
    """The item in the words of `registration`."""
    return Settings(
        client_type=item.client_type,
        application_type=item.application_type,
        redirect_uris=item.redirect_uris,
        post_logout_redirect_uris=item.post_logout_redirect_uri,
        allowed_scopes=item.allowed_scopes,
        grant_types=item.grant_types,
        algorithm=item.sing_alg,
        skip_consent=item.skip_consent,
        logo_uri=item.logo_uri or "",
        op_policy_url=item.op_policy_url or "",
        op_tos_url=item.op_tos_url or "",
        op_user_agreement_url=item.op_user_agreement_url or "",
        client_uri=item.client_uri or "",
        client_logout_uri=item.client_logout_uri or "",
        register_enable=item.register_enable,
        has_profile=item.has_profile,
        is_lock=item.is_lock,
        is_disabled=item.is_disabled,
        access_token_seconds=item.access_token_seconds,
    )
