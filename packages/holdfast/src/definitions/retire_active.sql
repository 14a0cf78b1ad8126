-- Retires the active version of each name, unless it is the one to keep.
-- Index: definitions_active. Locks: definitions, under the advisory locks of their names.
-- :exec
update holdfast.definitions as stored set
  status = 'retired', retired_at = holdfast.now(), updated_at = holdfast.now()
from unnest((select :names::text[]), :keep?::integer[]) as input(name, keep)
where stored.name = input.name and stored.status = 'active' and stored.version is distinct from input.keep
