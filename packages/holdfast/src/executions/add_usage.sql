-- Adds to the counters of executions, and answers each input, in input order, with the sums after all of them; one execution may
-- come several times. Fails with HF004 where there is none.
-- Index: executions_pkey. Locks: executions in id order.
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
  order by summed.id collate "C"
  -- Cuts nothing, nor does the next. They make the planner expect one row, and so go by the index even in a plan from when the table
  -- was empty.
  limit (select cardinality(:ids::text[]))
), current as materialized (
  select added.id, coalesce(added.usage, '{}') as usage, stored.version
  from added
  left join lateral (
    select execution.version from holdfast.executions as execution where execution.id = added.id for no key update
  ) as stored on true
), checked as materialized (
  select current.id, current.usage
  from current
  where case
    when current.version is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', current.id),
        json_build_object('entity', 'execution', 'id', current.id))
    else true
  end
  limit (select cardinality(:ids::text[]))
), changed as (
  update holdfast.executions as stored set
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
