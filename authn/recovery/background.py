"""What this room does by itself: its letters."""

from authn.recovery import topics

__all__ = ["topics"]
