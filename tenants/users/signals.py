"""News of people. All are sent inside the transaction that makes them true.

Each carries `user: User` and `actor: Actor`; the sender is the class User.
"""

from django.dispatch import Signal

user_created = Signal()
user_updated = Signal()  # also `changed: list[str]`, the names of the changed fields
user_deactivated = Signal()
user_reactivated = Signal()
user_verified = Signal()
user_roles_changed = Signal()
user_email_changed = Signal()  # also `old_email: str`
user_deleted = Signal()  # while the person's rows are still there
