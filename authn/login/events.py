"""What this room remembers."""

from identity.audit.catalogue import EventType

LOGIN_COMPLETED = EventType("login.completed", "Signed in")
LOGIN_FAILED = EventType("login.failed", "Sign-in failed")
LOGIN_BLOCKED = EventType("login.blocked", "Sign-in refused while blocked")
LOGIN_CONTINUED = EventType("login.continued", "Continued with a session of this browser")
LOGIN_CANCELLED = EventType("login.cancelled", "Sign-in cancelled")
LOGIN_PROVED = EventType("login.proved", "Proof made over the API")
