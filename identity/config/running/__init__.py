"""Signet as running processes: embedded Postgres, supervisor, web server, worker.

Nothing here but `prepare` and `web` imports Django, so that the supervisor stays small.
"""
