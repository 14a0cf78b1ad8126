-- Removes at most `limit` history entries of ended executions, and answers how many. Nothing of an execution goes while it has jobs, so that
-- none is taken apart to which one was added meanwhile. The newest entries go first, so that what is left is a history still, and
-- those that forks share stay: they go to a fork with the history's head.
-- Index: executions_pkey, jobs_of_execution, history_entries_pkey, history_forks_of_source. Locks: the executions in id order, then what is removed, skipping what others
-- hold.
-- :one
with ended as materialized (
  select execution.id
  from holdfast.executions as execution
  where execution.id = any(:ids::text[]) and execution.finished_at is not null
    and not exists (select from holdfast.jobs as job where job.execution_id = execution.id)
  order by execution.id
  for update skip locked
), removed as (
  delete from holdfast.history_entries as stored
  where stored.ctid = any(array(
    select found.ctid
    from ended
    cross join lateral (
      select entry.ctid
      from holdfast.history_entries as entry
      where entry.execution_id = ended.id and entry.number > coalesce(
        (select max(fork.shared) from holdfast.history_forks as fork where fork.source_id = ended.id), 0
      )
      order by entry.number desc
      limit :limit
      for update skip locked
    ) as found
    limit :limit
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed
