"""A tenant's keys in the console."""

from tenants.keys.admin.encryption import EncryptionKeyAdmin
from tenants.keys.admin.signing import SigningKeyAdmin

__all__ = ["EncryptionKeyAdmin", "SigningKeyAdmin"]
