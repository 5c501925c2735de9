"""The picture, with PIN or pattern: a proof of zero knowledge, made in the page or by a machine."""

from collections.abc import Mapping

from authn.authenticators.zkp import encoding, proving
from authn.authenticators.zkp.transcript import Exchange
from authn.blocking import guard
from authn.login import attempts, plan
from authn.login.models import LoginAttempt
from authn.login.step import DEVICE, WEB_ORIGIN, Answer, Proved, Refused
from identity.kernel.actors import Origin
from identity.kernel.errors import Invalid
from tenants.registry.models import Tenant

_CODE = "wrong_picture"


class ImageStep:
    """Proves possession of the picture, activated by what its bearer knows: `swk`, `pin`.

    It counts its failures by itself: the person's slot is taken between its two proofs.
    """

    name = plan.IMAGE
    guarded_as = ""

    def challenge(self, *, tenant: Tenant, attempt: LoginAttempt) -> None:
        """Nothing to prepare: the page asks for a challenge with a key of its own."""

    def answer(
        self, *, tenant: Tenant, attempt: LoginAttempt, data: Mapping[str, str], origin: Origin
    ) -> Answer:
        """Proved, Refused("wrong_picture") whatever the cause, or Stopped.

        `data`: `cipherKey`, `challenge_id` and `challenge_data` as on the wire, made for the name
        `attempts.name_in_proofs` and for this attempt's public id.
        """
        try:
            exchange = Exchange(
                tenant_id=tenant.slug,
                username=encoding.require_username(attempts.name_in_proofs(attempt)),
                origin=data.get(WEB_ORIGIN, ""),
                auth_req_id=attempt.public_id,
            )
            response = proving.read(
                challenge_id=data.get("challenge_id", ""),
                challenge_data=data.get("challenge_data", ""),
                cipher_key=data.get("cipherKey", ""),
            )
        except Invalid as problem:
            return Refused(_CODE, f"malformed_{problem.field}")
        if not exchange.origin:
            return Refused(_CODE, "foreign_page")
        verdict = proving.verify(
            tenant=tenant,
            user=attempt.user,
            exchange=exchange,
            response=response,
            origin=origin,
            device=data.get(DEVICE, ""),
        )
        match verdict:
            case proving.Proved(factors=factors):
                return Proved(self.name, factors.amr)
            case proving.Refused(reason=reason):
                return Refused(_CODE, reason)
            case guard.Stopped():
                return verdict
