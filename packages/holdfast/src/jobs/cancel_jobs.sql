-- Cancels jobs, as holdfast.cancel_jobs says. Answers in input order whether each was canceled; the queues in which there may be work now
-- come with the first row.
-- :many
with done as materialized (
  select ended.canceled, ended.woken
  from holdfast.cancel_jobs((select :ids::text[]), (select :statuses::holdfast.job_status[])) as ended
)
select input.id in (select unnest(done.canceled) from done) as "canceled!",
  (select done.woken from done where input.position = 1) as "woken?"
from unnest((select :ids::text[])) with ordinality as input(id, position)
order by input.position
