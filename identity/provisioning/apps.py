"""The room identity.provisioning as Django sees it."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Label `provisioning`."""

    name = "identity.provisioning"
    label = "provisioning"
