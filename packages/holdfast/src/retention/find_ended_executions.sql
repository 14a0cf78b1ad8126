-- Executions that ended at least so long ago, the oldest first, after the given one; with each, whether nothing holds it: no job
-- that is still to be done, no timer that somebody works on, no child (which goes before its parent).
-- Index: executions_ended, executions_parent, jobs_of_execution, ended_jobs_pkey, timers_of_execution.
-- :many
with ended as materialized (
  select execution.id, execution.finished_at
  from holdfast.executions as execution
  where execution.finished_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    and (execution.finished_at, execution.id) > (
      timestamptz 'epoch' + :afterMicroseconds::text::bigint * interval '1 microsecond', :afterId::text
    )
  order by execution.finished_at, execution.id
  limit :limit
)
select ended.id as "id!", (extract(epoch from ended.finished_at) * 1000000)::bigint::text as "ended_microseconds!",
  not exists (select from holdfast.executions as child where child.parent_id = ended.id)
  and not exists (
    select from holdfast.jobs as job
    where job.execution_id = ended.id and not exists (select from holdfast.ended_jobs as over where over.id = job.id)
  )
  and not exists (
    select from holdfast.timers as timer where timer.execution_id = ended.id and timer.status = 'claimed'
  ) as "is_free!"
from ended
order by ended.finished_at, ended.id
