"""What this room announces to the rooms above. Sent inside the transaction of the change.

`password_changed`: sender User; `user`, `actor`, `is_first` (True where there was none before).
`image_changed`: sender User; `user`, `actor`, `is_first`, as for a password; `session_id` of the
session in which its bearer changed it, or None.
`api_key_revoked`: sender ApiKey; `key`, `actor`.
"""

from django.dispatch import Signal

password_changed = Signal()
image_changed = Signal()
api_key_revoked = Signal()
