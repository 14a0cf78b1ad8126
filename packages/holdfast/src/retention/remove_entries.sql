-- Removes at most `limit` history entries of ended executions that this transaction has locked, and returns their number. Nothing else of
-- an execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart. The newest entries go
-- first, so that the rest is still a valid history. Entries that forks share stay: a fork takes them over with the history's head.
-- Index: jobs_of_execution, history_entries_pkey, history_forks_of_source. Locks: the removed rows, skipping those that others hold.
-- :one
with jobless as materialized (
  select ended.id
  from unnest((select :ids::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.history_entries as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
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
