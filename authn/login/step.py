"""What a step is. It knows neither HTTP, nor the client, nor the step after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from authn.blocking import guard
from authn.login.models import LoginAttempt
from identity.kernel.actors import Origin
from tenants.registry.models import Tenant
from tenants.users.models import User

# Beside what was typed, `data` holds what the door knows of the request: the nonce of the browser's
# device cookie for the person named, and the web origin that proofs must name ("": no good one).
DEVICE: Final = "device"
WEB_ORIGIN: Final = "web_origin"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody said who they are; `user` is None where nobody bears the name."""

    identifier: str
    user: User | None


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof was right. `method` is the step's, `amr` its RFC 8176 words."""

    method: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A proof was wrong: what people do every day, so a value. `code` is what they are told, and
    the same for all causes; `reason` is for the audit trail alone."""

    code: str
    reason: str


# Stopped: by a step that counts for itself (`guarded_as` empty).
Answer: TypeAlias = Named | Proved | Refused | guard.Stopped


class Step(Protocol):
    """One step of the conversation."""

    name: str
    # The method under which the guard counts wrong answers; "" if no secret is evaluated, or if
    # the step counts by itself.
    guarded_as: str

    def challenge(self, *, tenant: Tenant, attempt: LoginAttempt) -> None:
        """The step becomes the one that is owed: send or prepare what the person needs for it."""

    def answer(
        self, *, tenant: Tenant, attempt: LoginAttempt, data: Mapping[str, str], origin: Origin
    ) -> Answer:
        """Judge what the person gave. Runs outside any transaction."""
        ...
