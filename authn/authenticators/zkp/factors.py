"""What a person proves beside the picture: PIN, pattern, both or neither (protocol §2, desc)."""

from dataclasses import dataclass
from typing import Final

from authn.authenticators.zkp.encoding import u8
from tenants.registry.policy import TenantPolicy

_PIN: Final = 1
_PATTERN: Final = 2


@dataclass(frozen=True, slots=True)
class Factors:
    """`pin_size` in digits, `pattern_size` in nodes per side of its grid; 0 is "not used"."""

    pin_size: int
    pattern_size: int

    @property
    def are_known(self) -> bool:
        """Whether the person knows something, and does not merely hold the picture."""
        return bool(self.pin_size or self.pattern_size)

    @property
    def amr(self) -> tuple[str, ...]:
        """RFC 8176: one factor of kind possession; `pin` marks what activates it, never a second
        factor."""
        return ("swk", "pin") if self.are_known else ("swk",)

    def descriptor(self) -> bytes:
        """The three bytes that a picture, a message and a proof carry."""
        used = (_PIN if self.pin_size else 0) | (_PATTERN if self.pattern_size else 0)
        return u8(used) + u8(self.pin_size) + u8(self.pattern_size)


def demanded_by(policy: TenantPolicy) -> Factors:
    """What a picture that is enrolled now must come with."""
    return Factors(
        pin_size=policy.pin_size if policy.use_pin else 0,
        pattern_size=policy.pattern_size if policy.use_pattern else 0,
    )
