"""Settings by way of running: `dev` (embedded, loopback), `production`, `test`."""
