"""What a client asks at /authorize, read once (OpenID Connect Core §3.1.2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from oidc.consents import scopes as scope_words
from oidc.provider.parameters import Parameters
from tenants.clients import directory
from tenants.clients.models import Client
from tenants.registry.models import Tenant


class Wanted(Protocol):
    """What a code is issued for: read now (`Asked`), or kept while a person was asked something
    (`AuthorizationRequest`)."""

    @property
    def redirect_uri(self) -> str: ...
    @property
    def scopes(self) -> Sequence[str]: ...
    @property
    def client_state(self) -> str: ...
    @property
    def nonce(self) -> str: ...
    @property
    def code_challenge(self) -> str: ...


@dataclass(slots=True)
class Asked:
    """The request in typed words. What a property derives is sound once `checks` have passed."""

    tenant: Tenant
    parameters: Parameters
    client: Client | None = None
    # Claims of a verified id_token_hint.
    hint: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def redirect_uri(self) -> str:
        """Where the answer goes."""
        return self.parameters.get("redirect_uri")

    @property
    def client_state(self) -> str:
        """The client's `state`; "" if it came twice, for then there is none to give back."""
        return "" if "state" in self.parameters.repeated else self.parameters.get("state")

    @property
    def nonce(self) -> str:
        """Bound into the ID token."""
        return self.parameters.get("nonce")

    @property
    def code_challenge(self) -> str:
        """RFC 7636 §4.2, method S256."""
        return self.parameters.get("code_challenge")

    @property
    def asked_scopes(self) -> tuple[str, ...]:
        """As they were asked, once each."""
        return tuple(dict.fromkeys(self.parameters.get("scope").split()))

    @property
    def scopes(self) -> tuple[str, ...]:
        """Those that mean something here: what Signet knows or the client has of its own.

        OpenID Connect Core §3.1.2.1: values that are not understood should be ignored.
        """
        own = frozenset(self.client.allowed_scopes if self.client else ())
        return tuple(s for s in self.asked_scopes if s in scope_words.KNOWN or s in own)

    @property
    def prompts(self) -> frozenset[str]:
        """Of none, login, consent, select_account."""
        return frozenset(self.parameters.get("prompt").split())

    @property
    def max_age_seconds(self) -> int | None:
        """How old a sign-in may be; None: as old as sessions get."""
        given = self.parameters.get("max_age")
        return int(given) if given else None

    @property
    def hinted_user_id(self) -> UUID | None:
        """Whom the id_token_hint names."""
        return UUID(self.hint["sub"]) if self.hint else None

    @property
    def acr_values(self) -> tuple[str, ...]:
        """Voluntary (OpenID Connect Core §5.5.1.1): handed to the sign-in, never a reason to fail."""
        return tuple(value[:64] for value in self.parameters.get("acr_values").split()[:8])

    @property
    def login_hint(self) -> str:
        """What to fill into the first field; too long to be a name: nothing."""
        hint = self.parameters.get("login_hint")
        return hint if len(hint) <= 254 and hint.isprintable() else ""  # noqa: PLR2004 the column's width


def read(tenant: Tenant, parameters: Parameters) -> Asked:
    """The request, with its client if the tenant has one of that name."""
    client_id = parameters.get("client_id")
    # 255 is the column's width: nothing longer can be registered.
    client = directory.find(tenant.id, client_id) if 0 < len(client_id) <= 255 else None  # noqa: PLR2004
    return Asked(tenant, parameters, client)
