-- Cancels jobs of executions, as holdfast.cancel_jobs says, whatever their status before the end. Fails with HF006 where a job belongs to
-- another execution than the one that is given for it. Answers in input order whether each was canceled; the queues in which there may be
-- work now come with the first row.
-- Index: jobs_pkey. Locks: what holdfast.cancel_jobs locks.
-- :many
with input as materialized (
  select given.id, given.execution_id, given.position
  from unnest((select :ids::text[]), :executionIds::text[]) with ordinality as given(id, execution_id, position)
), owned as materialized (
  select count(*) as count
  from input
  left join lateral (
    select stored.execution_id from holdfast.jobs as stored where stored.id = input.id limit 1
  ) as job on true
  where case
    when job.execution_id <> input.execution_id then
      holdfast.fail('HF006', format('job %s belongs to another execution than %s', input.id, input.execution_id),
        json_build_object('field', 'cancelJobs', 'entity', 'job', 'id', input.id))
    else true
  end
), done as materialized (
  select ended.canceled, ended.woken
  from owned
  cross join lateral holdfast.cancel_jobs(
    (select :ids::text[]), array['blocked', 'scheduled', 'ready', 'running']::holdfast.job_status[]
  ) as ended
  where owned.count >= 0
)
select input.id in (select unnest(done.canceled) from done) as "canceled!",
  (select done.woken from done where input.position = 1) as "woken?"
from input
order by input.position
