-- Cancels jobs, as holdfast.cancel_jobs does. Fails with HF006 if an execution is given and the job belongs to another. Answers in input
-- order whether each was canceled. The first row also names the queues that may have work now.
-- Index: jobs_pkey. Locks: those of holdfast.cancel_jobs.
-- :many
with input as materialized (
  select given.id, given.execution_id, given.position
  from unnest((select :ids::text[]), :executionIds?::text[]) with ordinality as given(id, execution_id, position)
), owned as materialized (
  select count(*) as count
  from input
  cross join lateral (
    select stored.execution_id from holdfast.jobs as stored where stored.id = input.id and input.execution_id is not null limit 1
  ) as job
  where holdfast.is_within(input.execution_id, job.execution_id, 'job', input.id, 'cancelJobs')
), done as materialized (
  select ended.canceled, ended.woken
  from owned
  cross join lateral holdfast.cancel_jobs((select :ids::text[]), (select :statuses::holdfast.job_status[])) as ended
  where owned.count >= 0
)
select input.id in (select unnest(done.canceled) from done) as "canceled!",
  (select done.woken from done where input.position = 1) as "woken?"
from input
order by input.position
