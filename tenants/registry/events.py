"""What this room remembers."""

from identity.audit.catalogue import EventType

TENANT_CREATED = EventType("tenant.created", "Tenant created")
TENANT_UPDATED = EventType("tenant.updated", "Tenant settings changed")
TENANT_SUSPENDED = EventType("tenant.suspended", "Tenant suspended")
TENANT_RESUMED = EventType("tenant.resumed", "Tenant resumed")
TENANT_DELETED = EventType("tenant.deleted", "Tenant and all its data deleted")
