-- Adds to the counters of executions. Answers each input, in order, with the sums after all of them; an execution may appear several
-- times. Fails with HF004 if one does not exist. Written as an insert that always finds its row; see change_executions.
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
), changed as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, created_at, updated_at, labels, usage)
    overriding system value
  select added.id, 0, 0, 'pending', 'wait_all', holdfast.now(), holdfast.now(), '{}', coalesce(added.usage, '{}')
  from added
  where case
    when (select present.version from holdfast.executions as present where present.id = added.id) is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', added.id),
        json_build_object('entity', 'execution', 'id', added.id))
    else true
  end
  order by added.id collate "C"
  on conflict (id) do update set usage = holdfast.add_usage(stored.usage, excluded.usage), updated_at = excluded.updated_at
  returning stored.id, stored.version, stored.usage
)
select changed.usage as "usage!"
from input
-- All of them match. A full join is never a nested loop, which the planner would choose for another join because it expects few rows.
full join changed on changed.id = input.id
where case
  -- It was removed after this statement began: the row that would be inserted instead has no version.
  when changed.version = 0 then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position
