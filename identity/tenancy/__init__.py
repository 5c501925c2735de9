"""The current tenant of a unit of work, and the wall in Postgres that holds it."""
