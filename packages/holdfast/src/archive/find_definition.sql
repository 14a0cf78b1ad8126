-- The document of a definition version as text, and whether any version of that definition is active.
-- Index: definitions_pkey, definitions_active.
-- :one
select (
    select stored.document::text from holdfast.definitions as stored where stored.name = :name and stored.version = :version
  ) as "document?",
  exists (
    select from holdfast.definitions as stored where stored.name = :name and stored.status = 'active'
  ) as "has_active!"
