"""What this room announces."""

from django.dispatch import Signal

# Sender LoginSession; kwargs `session: LoginSession`, `reason: EndReason`, `actor: Actor`. Sent
# inside the transaction that ends the session: a receiver only calls a command or enqueues.
session_ended = Signal()
