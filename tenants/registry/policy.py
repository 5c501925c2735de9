"""What a tenant may set, typed: the contract's TenantConfig (2.8) and Signet's own policy fields.

One frozen document per tenant, validated whole at every edge (API, console, provisioning), so that
no room reads an unchecked setting. Wire names that are misspelled (`patter_size`) live in the
serializers; here the names are right.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class LoginScreen(StrEnum):
    """A screen of the image login."""

    PIN = "PIN"
    PATTERN = "PATTERN"


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
    """A tenant's look: numbers and https pictures, never free CSS (design tokens)."""

    hue: Annotated[float, Field(ge=0, le=360)] = 188
    chroma: Annotated[float, Field(ge=0, le=0.13)] = 0.085
    radius_rem: Annotated[float, Field(ge=0, le=1.25)] = 0.75
    logo_url: Annotated[str, Field(max_length=500, pattern=r"^(https://[^\s\"'()\\<>]+)?$")] = ""
    image_url: Annotated[str, Field(max_length=500, pattern=r"^(https://[^\s\"'()\\<>]+)?$")] = ""
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
    login_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/\s]+$")], ...] = ()
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
