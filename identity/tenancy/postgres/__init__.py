"""Django's Postgres backend whose every statement runs under the current scope.

`ENGINE = "identity.tenancy.postgres"`. The settings name the runtime login; the key `OWNER` holds
`USER PASSWORD HOST PORT` (and optionally `OPTIONS`) of the owner of the tables, who is used for
`migrate`, `flush` and test databases only. `POOLER = "session"` admits a session-mode pooler.
"""
