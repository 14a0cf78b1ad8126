-- Executions that ended at least this long ago, oldest first, after the given one. Also returns whether nothing holds each: no unfinished
-- job, no claimed timer, no child (which is removed before its parent).
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
