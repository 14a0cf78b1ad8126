-- Waits for the others that make the table: two that did it at once would collide in the catalog.
-- :exec
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext(:name::text))
