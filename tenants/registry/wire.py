"""TenantConfig's names on the wire (contract 2.8) and the policy's own: the one place for both.

`patter_size` is spelled so by the contract. API, provisioning and export all translate here.
"""

from collections.abc import Mapping
from typing import Any, Final

from identity.kernel.errors import Invalid
from tenants.registry.policy import TenantPolicy

_TO_POLICY: Final = {
    "patter_size": "pattern_size",
    "block_config": "block",
    "liveness_config": "liveness",
}
_TO_WIRE: Final = {ours: theirs for theirs, ours in _TO_POLICY.items()}


def changed(policy: TenantPolicy, settings: Mapping[str, Any]) -> TenantPolicy:
    """`policy` with the wire's `settings`; parts of `block_config` that are not given stay.

    Raises Invalid, whose field is spelled as on the wire.
    """
    document = policy.document()
    changes: dict[str, Any] = {}
    for name, value in settings.items():
        if name in _TO_WIRE:
            raise Invalid(name, f"is called {_TO_WIRE[name]}")
        ours = _TO_POLICY.get(name, name)
        held = document.get(ours)
        is_part = isinstance(held, dict) and isinstance(value, Mapping)
        changes[ours] = {**held, **value} if is_part and held else value
    try:
        return policy.changed(changes)
    except Invalid as problem:
        problems = [
            {**found, "field": _spelled(str(found["field"]))}
            for found in problem.data.get("problems", ())
        ]
        raise Invalid(_spelled(problem.field), problem.problem, problems=problems) from None


def _spelled(field: str) -> str:
    head, dot, rest = field.partition(".")
    return _TO_WIRE.get(head, head) + dot + rest


def settings_of(policy: TenantPolicy) -> dict[str, Any]:
    """All settings under their wire names, as JSON values."""
    return {_TO_WIRE.get(name, name): value for name, value in policy.document().items()}
