"""News of tenants. All are sent inside the transaction that makes them true.

Each carries `tenant: Tenant` and `actor: Actor`; the sender is the class Tenant.
"""

from django.dispatch import Signal

tenant_created = Signal()
tenant_updated = Signal()
tenant_suspended = Signal()
tenant_resumed = Signal()
tenant_deleted = Signal()  # while the tenant's rows are still there
