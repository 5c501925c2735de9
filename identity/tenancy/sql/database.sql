-- What each database of Signet needs, by a superuser, connected to that database. Run it in
-- template1 first if test databases are created in this cluster. Safe to run again.

-- With it one injected SELECT could change the role or the tenant of a session.
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
-- pg_dump and its restore scripts call it.
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO signet_owner;

-- Databases that were upgraded from before Postgres 15 still let anybody create here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
