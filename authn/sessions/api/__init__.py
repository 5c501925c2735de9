"""The native API of sessions (contract 2.4 operation 6, 2.11)."""
