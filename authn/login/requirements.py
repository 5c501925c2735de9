"""What a sign-in must come to before it may complete: said by whoever begins it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from authn.login import assurance
from authn.login.models import LoginAttempt
from authn.sessions.models import LoginSession
from tenants.users.models import User


@dataclass(frozen=True, slots=True)
class Requirements:
    """`must_prove_fresh`: no existing session is good enough (prompt=login). `required_user`: this
    person and nobody else. `acr_values`: OpenID Connect Core §3.1.2.1."""

    must_prove_fresh: bool = False
    max_age_seconds: int | None = None
    required_user: User | None = None
    acr_values: tuple[str, ...] = ()

    def are_met_by(self, session: LoginSession) -> bool:
        """Whether a live session is as good as a new sign-in."""
        if self.must_prove_fresh:
            return False
        if self.required_user is not None and session.user_id != self.required_user.id:
            return False
        if self.max_age_seconds is not None:
            age = timezone.now() - session.auth_time
            if age > timedelta(seconds=self.max_age_seconds):
                return False
        return assurance.is_enough(session.acr, self.acr_values)


def of(attempt: LoginAttempt) -> Requirements:
    """What `attempt` was begun with."""
    return Requirements(
        must_prove_fresh=attempt.must_prove_fresh,
        max_age_seconds=attempt.max_age_seconds,
        required_user=attempt.required_user,
        acr_values=tuple(attempt.acr_values),
    )
