-- Locks the executions of transitions before anything of theirs: those that change, as the change will, and those that something is
-- added to, as foreign keys will. Whoever locks an execution and then works on what belongs to it goes the same way round. Fails
-- with HF004 where one does not exist.
-- Index: executions_pkey. Locks: executions in id order, those that change first.
-- :exec
with changing as materialized (
  select input.id, execution.version is not null as is_there
  from (
    select given.id from unnest((select :changed::text[])) as given(id) order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for no key update
  ) as execution on true
), growing as materialized (
  select input.id, execution.version is not null as is_there
  from (
    select given.id
    from unnest((select :added::text[])) as given(id)
    where (select count(*) from changing) >= 0
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution on true
)
select count(*) as "locked!"
from (
  select growing.id, growing.is_there from growing
  union all
  select changing.id, changing.is_there from changing
) as touched
where case
  when touched.is_there then true
  else holdfast.fail('HF004', format('execution %s does not exist: create it first', touched.id),
    json_build_object('entity', 'execution', 'id', touched.id))
end
