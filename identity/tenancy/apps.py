from django.apps import AppConfig
from django.db.models.signals import post_migrate

from identity.tenancy.grants import grant_third_party_tables


class TenancyConfig(AppConfig):
    name = "identity.tenancy"
    label = "tenancy"
    verbose_name = "Tenancy"

    def ready(self) -> None:
        post_migrate.connect(
            grant_third_party_tables, sender=self, dispatch_uid="tenancy.third_party_tables"
        )
