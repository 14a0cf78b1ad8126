-- Replaces all vectors of items, of this number of dimensions.
-- Index: langgraph_vectors_pkey.
-- :exec
with given as materialized (
  select vector.prefix, vector.key, vector.number, vector.version, vector.labels, vector.embedding
  from json_to_recordset(:vectors::text::json)
    as vector(prefix text, key text, number integer, version bigint, labels jsonb, embedding vector)
), removed as (
  delete from holdfast.langgraph_vectors as stored
  using json_to_recordset(:items::text::json) as written(prefix text, key text)
  where stored.prefix = written.prefix and stored.key = written.key and stored.dims = :dims::integer
    and not exists (
      select from given
      where given.prefix = stored.prefix and given.key = stored.key and given.number = stored.number
    )
)
insert into holdfast.langgraph_vectors (prefix, key, number, version, labels, embedding)
select given.prefix, given.key, given.number, given.version, given.labels, given.embedding
from given
on conflict (prefix, key, dims, number) do update set
  version = excluded.version, labels = excluded.labels, embedding = excluded.embedding
