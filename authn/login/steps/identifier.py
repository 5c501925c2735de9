"""Who do you say you are? Nothing is proved, and nothing is told (EN07)."""

from collections.abc import Mapping
from typing import Final

from authn.login import plan
from authn.login.models import LoginAttempt
from authn.login.step import Answer, Named, Refused
from identity.kernel.actors import Origin
from identity.kernel.errors import Invalid
from identity.kernel.text import require_plain
from tenants.registry.models import Tenant
from tenants.users import identifiers

_MAX_CHARACTERS: Final = 254  # the longest e-mail address (RFC 5321 §4.5.3.1)


class IdentifierStep:
    """Takes a user name or an e-mail address; any well-formed one leads on alike."""

    name = plan.IDENTIFIER
    guarded_as = ""

    def challenge(self, *, tenant: Tenant, attempt: LoginAttempt) -> None:
        """Nothing to prepare."""

    def answer(
        self,
        *,
        tenant: Tenant,
        attempt: LoginAttempt,
        data: Mapping[str, str],
        origin: Origin,
    ) -> Answer:
        """Named; Refused only for text that nobody's name can be."""
        try:
            text = require_plain(data.get("identifier", ""), "identifier")
        except Invalid:
            return Refused("bad_identifier", "bad_identifier")
        if not text or len(text) > _MAX_CHARACTERS:
            return Refused("bad_identifier", "bad_identifier")
        return Named(text, identifiers.find(tenant=tenant, text=text))
