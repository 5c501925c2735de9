"""API keys, known in the file by their name."""

from collections.abc import Sequence
from functools import partial

from authn.authenticators import api_keys
from authn.authenticators.models import ApiKey
from identity.kernel.errors import Invalid
from identity.kernel.secrets import digest
from identity.provisioning.document import Path
from identity.provisioning.run import Run
from identity.provisioning.schema import ApiKeyItem
from tenants.registry.models import Tenant
from tenants.users import identifiers
from tenants.users.models import User


def apply(run: Run, path: Path, tenant: Tenant, items: Sequence[ApiKeyItem]) -> None:
    """Create keys; one whose owner, scopes, networks or forced secret differ is made anew.

    With `--prune` the tenant's other keys are revoked.
    """
    for index, item in enumerate(items):
        here = (*path, index)
        run.attempt(here, partial(_ensure, run, here, tenant, item))
    if run.is_pruning:
        kept = {item.name for item in items}
        for key in ApiKey.objects.filter(tenant=tenant).exclude(name__in=kept):
            api_keys.revoke(key=key, actor=run.actor)
            run.note("pruned", "api key", key.name, tenant.slug)


def _ensure(run: Run, path: Path, tenant: Tenant, item: ApiKeyItem) -> None:
    owner = identifiers.find(tenant=tenant, text=item.owner)
    if owner is None:
        raise Invalid("owner", f"names nobody: {item.owner}")
    held = ApiKey.objects.filter(tenant=tenant, name=item.name).order_by("created_at").first()
    if held is not None and not _differs(held, owner, item):
        run.note("left", "api key", item.name, tenant.slug)
        return
    if item.secret is None and not run.may_generate(path, "secret"):
        return
    if held is not None:
        api_keys.revoke(key=held, actor=run.actor)
    made = api_keys.create(
        owner=owner,
        name=item.name,
        scopes=item.scopes,
        secret=item.secret,
        networks=item.networks,
        actor=run.actor,
    )
    if item.secret is None:
        run.keep(f"{tenant.slug} api key {item.name}", made.secret)
    run.note("created" if held is None else "changed", "api key", item.name, tenant.slug)


def _differs(held: ApiKey, owner: User, item: ApiKeyItem) -> bool:
    is_other_secret = (
        item.force
        and item.secret is not None
        and digest(item.secret, "api-key") != bytes(held.digest)
    )
    return (
        held.owner_id != owner.id
        or held.scopes != sorted(set(item.scopes))
        or held.networks != sorted(set(item.networks))
        or is_other_secret
    )
