"""The password. Unknown, disabled and passwordless people cost and get exactly the same (EN01-02)."""

from collections.abc import Mapping
from typing import Final

from django.db import DEFAULT_DB_ALIAS

from authn.authenticators import passwords
from authn.login import plan
from authn.login.models import LoginAttempt
from authn.login.step import Answer, Proved, Refused
from identity.kernel.actors import Origin
from tenants.registry.models import Tenant
from tenants.users.models import User

_COLUMNS: Final = [field.attname for field in User._meta.concrete_fields]


class PasswordStep:
    """Proves knowledge; RFC 8176 `pwd`."""

    name = plan.PASSWORD
    guarded_as = "password"

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
        """Proved, or Refused("wrong_credentials") whatever the cause. One hash in every case."""
        user = attempt.user
        if user is None:
            # As many objects are built for nobody as for somebody (EN02).
            User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, [None] * len(_COLUMNS))
        is_right = passwords.verify(user=user, password=data.get("password", ""))
        if user is None:
            return Refused("wrong_credentials", "unknown_user")
        if not is_right:
            return Refused("wrong_credentials", "wrong_password")
        if user.is_disabled:
            return Refused("wrong_credentials", "user_disabled")
        if not tenant.policy.password_enabled:
            return Refused("wrong_credentials", "method_disabled")
        return Proved(self.name, ("pwd",))
