"""Face 001, the native API: its login half (contract 2.3 to 2.6, 2.11)."""
