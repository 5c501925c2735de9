"""What this room does by itself."""

from datetime import timedelta

from identity.kernel import jobs
from tenants.clients import secrets

jobs.register("client_secrets.prune", timedelta(hours=6), secrets.prune)
