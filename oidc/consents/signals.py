"""What this room announces to the rooms above it."""

from django.dispatch import Signal

# sender=Consent; user, client, actor. Sent inside the transaction, after the grants are dead.
consent_withdrawn = Signal()
