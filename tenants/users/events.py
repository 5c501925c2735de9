"""What this room remembers."""

from identity.audit.catalogue import EventType

USER_CREATED = EventType("user.created", "Person created")
USER_UPDATED = EventType("user.updated", "Person changed")
USER_DEACTIVATED = EventType("user.deactivated", "Person deactivated")
USER_REACTIVATED = EventType("user.reactivated", "Person activated again")
USER_VERIFIED = EventType("user.verified", "E-mail address verified")
USER_DELETED = EventType("user.deleted", "Person deleted")
GROUP_CREATED = EventType("group.created", "Group created")
GROUP_UPDATED = EventType("group.updated", "Group changed")
GROUP_MEMBERS_CHANGED = EventType("group.members_changed", "Members of a group changed")
GROUP_DELETED = EventType("group.deleted", "Group deleted")
