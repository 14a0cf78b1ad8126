-- Removes threads with all their content, and returns in input order whether each existed. An expired one did not, and goes too.
-- Index: checkpoint_threads_pkey; its trigger: checkpoints_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey.
-- Locks: checkpoint_threads in order.
-- :many
with locked as materialized (
  select input.thread, input.position, found.thread is not null as is_stored, coalesce(found.is_alive, false) as is_alive
  from (
    select given.thread, given.position
    from unnest((select :threads::text[])) with ordinality as given(thread, position)
    order by given.thread collate "C"
  ) as input
  left join lateral (
    select stored.thread, (stored.expires_at is null or stored.expires_at > holdfast.now()) as is_alive
    from holdfast.checkpoint_threads as stored
    where stored.thread = input.thread
    for update
  ) as found on true
), removed as (
  delete from holdfast.checkpoint_threads as stored
  using (
    select locked.thread
    from locked
    where locked.is_stored
    limit holdfast.at_most(cardinality(:threads::text[]))
  ) as gone
  where stored.thread = gone.thread
)
select locked.is_alive as "removed!"
from locked
order by locked.position
