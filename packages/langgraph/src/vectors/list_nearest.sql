-- The items nearest to a vector, by the nearest of their own, within a range of prefixes. Labels are compared by containment, and their
-- ranges by a path. Compares every vector that passes.
-- Index: langgraph_vectors_pkey.
-- :many
select stored.prefix, stored.key, stored.version::float8 as "version!", min(stored.embedding <=> :vector::text::vector) as "distance!"
from holdfast.langgraph_vectors as stored
where stored.prefix >= :start::text and stored.prefix < :end::text and stored.dims = :dims::integer
  and stored.labels @> :labels::text::jsonb
  and (:ranges?::text is null or stored.labels @@ :ranges::text::jsonpath)
group by stored.prefix, stored.key, stored.version
order by "distance!", stored.prefix, stored.key, stored.version
limit :limit::integer offset :offset::integer
