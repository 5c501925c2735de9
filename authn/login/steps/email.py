"""Do you read this mail? Owed once, after the first right proof, by whoever is not verified."""

from collections.abc import Mapping

from authn.login import email_codes, plan, verification
from authn.login.models import LoginAttempt
from authn.login.step import Answer, Proved, Refused
from identity.kernel.actors import Actor, ActorKind, Origin
from tenants.registry.models import Tenant
from tenants.users import accounts


class EmailStep:
    """Proves that the address is theirs. No factor of the sign-in: it adds nothing to `amr` (D6)."""

    name = plan.EMAIL
    guarded_as = verification.GUARDED_AS

    def challenge(self, *, tenant: Tenant, attempt: LoginAttempt) -> None:
        """A letter with a code is under way, unless one was sent within the last minute, or three
        within the hour."""
        if attempt.user is not None:
            verification.send(user=attempt.user)

    def answer(
        self, *, tenant: Tenant, attempt: LoginAttempt, data: Mapping[str, str], origin: Origin
    ) -> Answer:
        """Proved, and the person is verified; or Refused("wrong_code")."""
        user = attempt.user
        if user is None or not email_codes.redeem(user=user, typed=data.get("code", "")):
            return Refused("wrong_code", "wrong_code")
        actor = Actor(
            ActorKind.USER, id=user.id, label=user.username, tenant_id=tenant.id, origin=origin
        )
        attempt.user = accounts.mark_verified(user=user, actor=actor)
        return Proved(self.name, ())
