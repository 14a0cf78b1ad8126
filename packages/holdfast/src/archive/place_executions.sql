-- Makes imported executions claimable that are in a queue, and neither leased nor scheduled. Takes a page of the given executions, or of
-- all, after an id. Returns the last id, or null after the last page. They keep their creation order. The queue settings are those of
-- this store, so the next claim gives groups their slots anew.
-- Index: executions_pkey, leases_pkey, scheduled_pkey. Locks: only rows that this transaction has created.
-- :one unprepared
with execution as materialized (
  select stored.id, stored.queue, stored.created_at, lease.group_key as place_of,
    stored.queue is not null and stored.finished_at is null and lease.id is null
      and not exists (select from holdfast.scheduled as work where work.id = stored.id and work.kind = 'execution') as is_waiting
  from holdfast.executions as stored
  left join holdfast.leases as lease on lease.id = stored.id and lease.kind = 'execution'
  where stored.id > :after and (:isWhole::boolean or stored.id = any(:executionIds::text[]))
  order by stored.id
  limit :limit
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select execution.queue, execution.place_of, -count(*)
  from execution
  where execution.place_of is not null
  group by execution.queue, execution.place_of
), placed as materialized (
  select holdfast.enqueue_execution(execution.id, execution.created_at, 0, null) from execution where execution.is_waiting
)
select (select max(execution.id::text collate "C") from execution) as "last?", (select count(*) from placed) as "placed!"
