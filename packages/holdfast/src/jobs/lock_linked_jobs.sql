-- Locks the jobs that a step acknowledges together with those that its pushes come after or share a unique key with, all in one
-- order. Runs behind lock_job_keys.
-- Index: jobs_pkey, jobs_unique. Locks: jobs, those that are blocked last, then in id order.
-- :exec
with touched as (
  select given.id collate "C" as id from unnest((select :ids::text[])) as given(id)
  union
  select twin.id::text
  from unnest((select :queues::text[]), :uniqueKeys::text[]) as given(queue, unique_key)
  -- The limit keeps this a look-up by index for each row, also in a plan that was made when the table was empty.
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = given.queue and job.unique_key = given.unique_key
      and job.state in ('blocked', 'scheduled', 'ready', 'running')
    limit 1
  ) as twin
), locked as materialized (
  select job.id
  from (
    select touched.id, (select stored.state = 'blocked' from holdfast.jobs as stored where stored.id = touched.id) as is_blocked
    from touched
    order by is_blocked, touched.id
  ) as input
  cross join lateral (
    select stored.id from holdfast.jobs as stored where stored.id = input.id for no key update
  ) as job
)
select count(*) as "locked!"
from locked
