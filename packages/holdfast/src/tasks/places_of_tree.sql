-- The places of a tree's tasks, in the order of list_tree, after a given place. Each row has the places of one page, as arrays for
-- tasks_at_places. So one walk of the tree serves many pages. One array is cut into pages, because aggregating each page takes three
-- times as long.
-- Index: tasks_pkey, tasks_of_parent.
-- :many
with recursive walk as (
  select root.id::text as id, root.sequence, 0 as depth
  from holdfast.tasks as root
  where root.id = :rootId
  union all
  select child.id::text, child.sequence, walk.depth + 1
  from walk
  join holdfast.tasks as child on child.parent_id = walk.id
  where child.id <> :rootId
), place as (
  select walk.depth, walk.sequence
  from walk
  where (walk.depth, walk.sequence) > (:afterDepth::integer, :afterSequence::bigint)
  order by walk.depth, walk.sequence
  limit (select :limit::bigint)
), places as materialized (
  select array_agg(place.depth) as depths, array_agg(place.sequence) as sequences, count(*)::integer as total
  from place
)
select places.depths[page.first : page.last]::text as "depths!", places.sequences[page.first : page.last]::text as "sequences!",
  places.depths[page.last] as "last_depth!", places.sequences[page.last] as "last_sequence!"
from places
cross join lateral (
  select first, least(first + :pageTasks::integer - 1, places.total) as last
  from generate_series(1, places.total, :pageTasks::integer) as first
) as page
order by page.first
