"""The sorts of letters this room sends."""

from typing import Final

from authn.recovery import letters
from identity.outbox import mail

PASSWORD_RESET: Final = mail.register(
    "mail.password_reset", title="Code to set a new picture", write=letters.password_reset
)
