"""The part of the native login that a browser visits (contract 2.4, operation 3a)."""
