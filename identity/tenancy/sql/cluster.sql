-- The roles of Signet, once per Postgres cluster, by a superuser (or a role with CREATEROLE).
-- Safe to run again. Afterwards give the two logins their passwords:
--     \password signet_owner
--     \password signet_web
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['signet_owner', 'signet_app', 'signet_platform', 'signet_web']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END
$$;

-- Owns the tables and is a member of nothing. CREATEDB is for test databases only: a production
-- cluster may take it away.
ALTER ROLE signet_owner LOGIN CREATEDB;
-- A stray psql as the owner fails on a tenant's table instead of quietly seeing no rows.
ALTER ROLE signet_owner SET row_security = off;

-- Policies and grants name signet_app and signet_platform; logins come and go. A login has no
-- right of its own until it takes one of the two. NOINHERIT must come before the GRANT: from
-- Postgres 16 on inheritance is fixed when granting.
ALTER ROLE signet_web LOGIN NOINHERIT;
GRANT signet_app TO signet_web;
-- Strict deployments give this to the logins of console and worker only.
GRANT signet_platform TO signet_web;
