-- Gives the store its space, if it has none.
-- Index: blob_spaces_pkey. Locks: the space, when it is new.
-- :exec
insert into holdfast.blob_spaces (number, id) values (1, pg_catalog.gen_random_uuid())
on conflict do nothing
