"""News of clients. All are sent inside the transaction that makes them true.

Each carries `client: Client` and `actor: Actor`; the sender is the class Client.
"""

from django.dispatch import Signal

client_registered = Signal()
client_updated = Signal()  # also `changed: list[str]`, the names of the changed fields
client_disabled = Signal()
client_deleted = Signal()  # while the client's rows are still there
