"""The room identity.console as Django sees it, and the stock admin as this room wants it."""

from importlib import import_module
from typing import Final

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule

# A library's `admin.py` knows nothing of commands and tenants: it is never loaded.
_OURS: Final = frozenset({"identity", "tenants", "authn", "oidc", "scim"})


class ConsoleConfig(AppConfig):
    """Label `console`."""

    name = "identity.console"
    label = "console"
    default = True

    def ready(self) -> None:
        """Load each room's `admin.py`, where it registers its pages and panels."""
        for config in apps.get_app_configs():
            is_ours = config.name.partition(".")[0] in _OURS
            if is_ours and module_has_submodule(config.module, "admin"):
                import_module(f"{config.name}.admin")


class StockAdminConfig(SimpleAdminConfig):
    """Django's admin without its own log: the audit trail is the only record of what was done, so
    there is no table that nobody reads, nor one that could contradict it."""

    default = False

    def import_models(self) -> None:
        """Leave the one model of the stock admin, its log, out."""
        self.models = apps.all_models[self.label]
