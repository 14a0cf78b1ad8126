-- Whether the server has the extension pgvector.
-- :one
select exists (select from pg_catalog.pg_available_extensions as known where known.name = 'vector') as "is_available!"
