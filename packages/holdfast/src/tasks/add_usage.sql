-- Adds to the counters of tasks. Answers each input, in order, with the sums after all of them; a task may appear several times. Fails
-- with HF004 if one does not exist. Written as an insert that always finds its row; see change_executions.
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
), changed as (
  insert into holdfast.tasks as stored (id, execution_id, sequence, version, name, type, status, strategy, attempt, created_at,
    updated_at, usage)
    overriding system value
  select added.id, '-', nextval('holdfast.tasks_sequence_seq'), 0, '-', 'basic', 'pending', 'wait_all', 1, holdfast.now(), holdfast.now(),
    coalesce(added.usage, '{}')
  from added
  where case
    when (select present.version from holdfast.tasks as present where present.id = added.id) is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', added.id),
        json_build_object('entity', 'task', 'id', added.id))
    else true
  end
  order by added.id collate "C" desc
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
    holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
      json_build_object('entity', 'task', 'id', input.id))
  else true
end
order by input.position
