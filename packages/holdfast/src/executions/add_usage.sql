-- Adds to the counters of executions, and answers each input, in input order, with the sums after all of them; one execution may
-- come several times. Fails with HF004 where there is none.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.usage, given.position
  from unnest(:ids::text[], :usages::jsonb[]) with ordinality as given(id, usage, position)
), added as materialized (
  select summed.id, jsonb_object_agg(summed.name, summed.total) as usage
  from (
    select input.id, counter.key as name, sum(counter.value::numeric) as total
    from input
    cross join lateral jsonb_each_text(input.usage) as counter
    group by input.id, counter.key
  ) as summed
  group by summed.id
), locked as materialized (
  select stored.id
  from added
  join holdfast.executions as stored on stored.id = added.id
  order by stored.id
  for no key update of stored
), changed as (
  update holdfast.executions as stored set
    usage = holdfast.add_usage(stored.usage, added.usage), updated_at = holdfast.now()
  from locked
  join added on added.id = locked.id
  where stored.id = locked.id
  returning stored.id, stored.usage
)
select changed.usage as "usage!"
from input
left join changed on changed.id = input.id
where case
  when changed.id is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position
