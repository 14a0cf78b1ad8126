-- Removes the remaining parts of executions that are about to end, each by holdfast.clear_execution, and on request cancels their
-- children with all descendants. Returns in input order the queues that may have work now, and the children.
-- Index: executions_parent. Locks: see the steps.
-- :many
with input as materialized (
  select given.id, given.cancels, given.position
  from unnest((select :ids::text[]), :cancels::boolean[]) with ordinality as given(id, cancels, position)
), cleared as materialized (
  select ordered.id, ordered.cancels, ordered.position, holdfast.clear_execution(ordered.id) as woken
  from (select input.id, input.cancels, input.position from input order by input.id collate "C") as ordered
), canceled as materialized (
  select cleared.position, below.canceled, below.woken
  from cleared
  cross join lateral holdfast.cancel_executions(
    array(
      select child.id::text from holdfast.executions as child where child.parent_id = cleared.id and child.finished_at is null
    ),
    null, true
  ) as below
  where cleared.cancels
)
select cleared.woken || coalesce(canceled.woken, '{}') as "woken!", coalesce(canceled.canceled, '{}') as "canceled!"
from cleared
left join canceled on canceled.position = cleared.position
order by cleared.position
