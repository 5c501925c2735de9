"""The sorts of letters this room sends."""

from typing import Final

from authn.login import letters
from identity.outbox import mail

VERIFICATION: Final = mail.register(
    "mail.verification", title="Code to confirm an e-mail address", write=letters.verification
)
NEW_SIGN_IN: Final = mail.register(
    "mail.new_sign_in", title="Sign-in from a new device or country", write=letters.new_sign_in
)
ADDRESS_TAKEN: Final = mail.register(
    "mail.address_taken",
    title="Somebody registered with an address that has an account",
    write=letters.address_taken,
)
EMAIL_CHANGED: Final = mail.register(
    "mail.email_changed", title="News to the old e-mail address", write=letters.email_changed
)
