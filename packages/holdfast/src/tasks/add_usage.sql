-- Adds to the counters of tasks, and answers each input, in input order, with the sums after all of them; one task may come
-- several times. Fails with HF004 where there is none.
-- Index: tasks_pkey. Locks: tasks by id, the greatest first.
-- :many
with input as (
  select given.id, given.usage, given.position
  from unnest((select :ids::text[]), :usages::jsonb[]) with ordinality as given(id, usage, position)
), added as (
  select summed.id, jsonb_object_agg(summed.name, summed.total) filter (where summed.name is not null) as usage
  from (
    select input.id, counter.key as name, sum(counter.value::numeric) as total
    from input
    left join lateral jsonb_each_text(input.usage) as counter on true
    group by input.id, counter.key
  ) as summed
  group by summed.id
  order by summed.id collate "C" desc
  -- Cuts nothing, nor does the next. They make the planner expect one row, and so go by the index even in a plan from when the table
  -- was empty.
  limit (select cardinality(:ids::text[]))
), current as materialized (
  select added.id, coalesce(added.usage, '{}') as usage, stored.version
  from added
  left join lateral (
    select task.version from holdfast.tasks as task where task.id = added.id for no key update
  ) as stored on true
), checked as materialized (
  select current.id, current.usage
  from current
  where case
    when current.version is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', current.id),
        json_build_object('entity', 'task', 'id', current.id))
    else true
  end
  limit (select cardinality(:ids::text[]))
), changed as (
  update holdfast.tasks as stored set
    usage = holdfast.add_usage(stored.usage, checked.usage), updated_at = holdfast.now()
  from checked
  where stored.id = checked.id
  returning stored.id, stored.usage
)
select changed.usage as "usage!"
from input
-- All of them match. A full join is never a nested loop, which the expectation of few rows would make of another join.
full join changed on changed.id = input.id
order by input.position
