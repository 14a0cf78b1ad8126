-- Removes the remaining parts of executions that are about to end, by holdfast.clear_executions, and on request cancels their children with
-- all descendants. Returns in input order the queues that may have work now, and the children.
-- Index: executions_parent. Locks: those of holdfast.clear_executions. The descendants were locked by lock_canceled.
-- :many
with input as materialized (
  select given.id, given.cancels, given.position
  from unnest((select :ids::text[]), :cancels::boolean[]) with ordinality as given(id, cancels, position)
), cleared as materialized (
  select done.id, done.woken from holdfast.clear_executions((select :ids::text[])) as done
), canceled as materialized (
  select ordered.position, below.canceled, below.woken
  from (
    select input.id, input.position
    from input
    where input.cancels and (select count(*) from cleared) >= 0
    order by input.id collate "C"
  ) as ordered
  cross join lateral holdfast.cancel_executions(
    array(
      select child.id::text from holdfast.executions as child where child.parent_id = ordered.id and child.finished_at is null
    ),
    null, true
  ) as below
)
select coalesce(cleared.woken, '{}') || coalesce(canceled.woken, '{}') as "woken!", coalesce(canceled.canceled, '{}') as "canceled!"
from input
left join cleared on cleared.id = input.id
left join canceled on canceled.position = input.position
order by input.position
