"""Evidence of a living face that a tenant may ask for (contract 2.5, 2.8).

It is the client's word: what is missing or failed denies, what is there grants nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from authn.facades.native.wording import LivenessRequired
from tenants.registry.policy import LivenessPolicy, TenantPolicy

_PASSED: Final = frozenset({"success", "succeeded", "passed", "ok", "completed"})
_DEFAULTS: Final = LivenessPolicy()


def require(policy: TenantPolicy, log_data: Mapping[str, Any] | None) -> None:
    """Raise LivenessRequired where the tenant asks for a face and the evidence is missing, failed
    or too short. It depends on the tenant alone: it tells nothing of anybody."""
    if not (policy.use_face_recognition or policy.use_liveness):
        return
    if log_data is None or str(log_data.get("status") or "").casefold() not in _PASSED:
        raise LivenessRequired
    if policy.use_liveness and not _is_enough(log_data.get("evidence") or {}, policy):
        raise LivenessRequired


def _is_enough(evidence: Mapping[str, Any], policy: TenantPolicy) -> bool:
    asked = policy.liveness or _DEFAULTS
    timing = evidence.get("timing") or {}
    took_ms = timing.get("livenessPhaseDurationMs") or timing.get("totalChallengeDurationMs") or 0
    failed = evidence.get("stepsFailed")
    return (
        (evidence.get("stepsPassed") or 0) >= asked.number_steps_min
        and failed is not None
        and failed <= asked.number_of_allowed_failures
        and took_ms >= asked.duration_in_seconds * 1_000
        and not evidence.get("antiSpoofingTriggers")
    )
