"""The sorts of letters this room sends."""

from typing import Final

from authn.authenticators import letters
from identity.outbox import mail

PICTURE_GUESSED: Final = mail.register(
    "mail.picture_guessed",
    title="Somebody with the person's picture guesses",
    write=letters.picture_guessed,
)
