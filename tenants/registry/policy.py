"""What a tenant may set, typed: the contract's TenantConfig (2.8) and Signet's own policy fields.

One frozen document per tenant, validated whole at every edge (API, console, provisioning), so that
no room reads an unchecked setting. Wire names that are misspelled (`patter_size`) live in the
serializers; here the names are right.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import to_json

from identity.kernel.errors import Invalid


class LoginScreen(StrEnum):
    """A screen of the image login."""

    PIN = "PIN"
    PATTERN = "PATTERN"


# An origin as browsers write it; http only where nothing leaves the machine.
Origin = Annotated[
    str,
    Field(
        max_length=300,
        pattern=r"^(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?$",
    ),
]


class Capability(StrEnum):
    """What a tenant may allow. Asked by `Tenant.allows`, which knows the tenant's kind too."""

    SELF_REGISTRATION = "self_registration"
    DYNAMIC_REGISTRATION = "dynamic_registration"
    SCIM = "scim"
    FACES = "faces"
    CLIENTS = "clients"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BlockPolicy(_Part):
    """Contract 2.8, block_config. Counts are tries; the units are in the names."""

    ip_attempts_limit: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    ip_attempts_reset_minutes: Annotated[int, Field(ge=1, le=525_600)] = 10_080
    user_attempts_limit: Annotated[int, Field(ge=1, le=100_000)] = 15
    user_timeframe_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 300
    initial_block_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    max_block_time_minutes: Annotated[int, Field(ge=1, le=525_600)] = 2_880


class LivenessPolicy(_Part):
    """Contract 2.8, liveness_config. The blink bounds are inverted on purpose: check off."""

    number_steps_min: Annotated[int, Field(ge=0, le=100)] = 4
    number_steps_max: Annotated[int, Field(ge=0, le=100)] = 6
    duration_in_seconds: Annotated[int, Field(ge=0, le=600)] = 10
    number_of_allowed_failures: Annotated[int, Field(ge=0, le=100)] = 1
    gesture_set: tuple[Annotated[str, Field(max_length=64)], ...] = ()
    number_blinks_max: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    number_blinks_min: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000


class Brand(_Part):
    """A tenant's look: numbers and a picture of ours, never free CSS (design tokens).

    No pictures from elsewhere: loaded by the sign-in page, they would tell that place who signs in,
    and when.
    """

    hue: Annotated[float, Field(ge=0, le=360)] = 188
    chroma: Annotated[float, Field(ge=0, le=0.13)] = 0.085
    radius_rem: Annotated[float, Field(ge=0, le=1.25)] = 0.75
    picture: Literal["", "currents", "glass", "harbour", "hills", "rosette"] = ""
    headline: Annotated[str, Field(max_length=120)] = ""
    tagline: Annotated[str, Field(max_length=240)] = ""


class SessionPolicy(_Part):
    """How long a sign-in lasts (contract 7.3)."""

    idle_minutes: Annotated[int, Field(ge=1, le=43_200)] = 720
    absolute_minutes: Annotated[int, Field(ge=1, le=525_600)] = 43_200
    notify_new_device: bool = True


class TenantPolicy(_Part):
    """Everything a tenant sets about itself, except its name, slug and `is_2fa`."""

    register_enable: bool = False
    use_pin: bool = True
    pin_size: Literal[3, 4, 5, 6] = 6
    use_pattern: bool = True
    pattern_size: Literal[3, 4] = 3
    show_pin_when_typing: bool = True
    login_order: tuple[LoginScreen, ...] = (LoginScreen.PIN,)
    use_face_recognition: bool = False
    use_liveness: bool = False
    passkey_enabled: bool = False
    has_username_and_email: bool = True
    block: BlockPolicy = BlockPolicy()
    liveness: LivenessPolicy | None = None
    # Signet's own
    password_enabled: bool = True
    login_origins: tuple[Origin, ...] = ()
    dynamic_registration_enable: bool = False
    brand: Brand = Brand()
    session: SessionPolicy = SessionPolicy()
    access_token_seconds: Annotated[int, Field(ge=30, le=3_600)] = 300
    refresh_token_days: Annotated[int, Field(ge=1, le=365)] = 30

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.login_order)) != len(self.login_order):
            raise ValueError("login_order names a screen twice")
        if self.use_liveness and not self.use_face_recognition:
            raise ValueError("use_liveness needs use_face_recognition")
        return self

    def allows(self, capability: Capability) -> bool:
        """Whether these settings permit it; what no setting governs is permitted."""
        match capability:
            case Capability.SELF_REGISTRATION:
                return self.register_enable
            case Capability.DYNAMIC_REGISTRATION:
                return self.dynamic_registration_enable
            case _:
                return True

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """This policy with `changes` (field names as here), validated whole. Raises Invalid."""
        return type(self).parse({**self.document(), **changes})

    def document(self) -> dict[str, Any]:
        """The policy as JSON values; `parse` reads it back."""
        return self.model_dump(mode="json")

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Read and check a document. Raises Invalid whose `field` is a path ("block.…").

        `data["problems"]` of the error names every mistake, not only the first.
        """
        try:
            # Strictly, as JSON: "yes" is no boolean and 1.5 no count.
            return cls.model_validate_json(to_json(dict(document)), strict=True)
        except ValidationError as error:
            problems = [
                {"field": ".".join(str(part) for part in found["loc"]), "problem": _worded(found)}
                for found in error.errors(include_url=False, include_input=False)
            ]
            first = problems[0]
            raise Invalid(first["field"] or "policy", first["problem"], problems=problems) from None


def _worded(found: Any) -> str:
    if found["type"] == "string_pattern_mismatch":
        return "is not of the form that is asked for"
    message = str(found["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
