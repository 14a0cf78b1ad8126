-- Inserts jobs that may have a unique key and come after other jobs. A job whose id exists is kept as it is. Of a unique key that
-- another job of the queue holds, that job is kept; or, as the input says, it gets the new payload, priority and moment while it
-- waits, and loses the key to the new job while it runs. A job that comes after one that a key resolved comes after that one.
-- Fails with HF004 where a job to come after does not exist. Runs behind lock_job_keys.
-- Parents are marked under their row lock: whoever ends one later sees its edges, and one that had ended before is settled here.
-- The sub-selects around the arrays hide their sizes from the planner, whose estimates multiply from join to join, until it
-- reads whole tables; of an unknown array it expects ten rows, and then looks up and hashes.
-- Index: jobs_pkey, jobs_unique. Locks: existing jobs, those that are blocked last, then in id order.
-- :many
with input as (
  select given.id, given.queue, given.payload, given.priority, given.max_attempts, given.backoff_ms, given.backoff_max_ms,
    given.execution_id, given.unique_key, given.replaces, given.policy, given.position,
    coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()) as run_at
  from unnest(
    (select :ids::text[]), (select :queues::text[]), (select :payloads?::json[]), (select :priorities::integer[]),
    (select :runAt?::timestamptz[]), (select :delaysMs?::bigint[]), (select :maxAttempts::integer[]), (select :backoffMs::bigint[]),
    (select :backoffMaxMs::bigint[]), (select :executionIds?::text[]), (select :uniqueKeys?::text[]), (select :replaces::boolean[]),
    (select :policies::holdfast.dependency_policy[])
  ) with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      unique_key, replaces, policy, position)
), edge as (
  select given.job_id, given.after_id
  from unnest((select :edgeJobs::text[]), (select :edgeAfters::text[])) as given(job_id, after_id)
), touched as (
  select input.id from input
  union
  select edge.after_id from edge
  union
  select twin.id
  from input
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = input.queue and job.unique_key = input.unique_key
      and job.state in ('blocked', 'scheduled', 'ready', 'running')
    limit 1
  ) as twin
  where input.unique_key is not null
), known as materialized (
  select stored.id, stored.queue, stored.unique_key, stored.state
  from (
    select touched.id
    from touched
    -- Blocked ones last: whoever ends a job locks it and then the blocked ones that come after it.
    order by (select job.state = 'blocked' from holdfast.jobs as job where job.id = touched.id), touched.id collate "C"
  ) as ordered
  cross join lateral (
    select job.id, job.queue, job.unique_key, job.state
    from holdfast.jobs as job
    where job.id = ordered.id
    for no key update
  ) as stored
), resolved as materialized (
  select input.id, input.queue, input.payload, input.priority, input.max_attempts, input.backoff_ms, input.backoff_max_ms,
    input.execution_id, input.unique_key, input.policy, input.run_at, input.position,
    twin.id as twin_id, coalesce(same.state, twin.state) as known_state,
    coalesce(twin.state <> 'running' and input.replaces, false) as updates,
    coalesce(twin.state = 'running' and input.replaces, false) as takes_key,
    same.id is null and (twin.id is null or twin.state = 'running' and input.replaces) as is_new
  from input
  left join known as same on same.id = input.id
  left join known as twin on twin.queue = input.queue and twin.unique_key = input.unique_key and same.id is null
    and twin.state in ('blocked', 'scheduled', 'ready', 'running')
), link as materialized (
  select distinct edge.job_id,
    case
      when parent.id is null and known.id is null then
        holdfast.fail('HF004', format('job %s, which job %s is to come after, does not exist: push it first', edge.after_id,
          edge.job_id), json_build_object('entity', 'job', 'id', edge.after_id, 'field', 'after'))::text
      when parent.is_new or parent.twin_id is null then edge.after_id
      else parent.twin_id::text
    end as after_id
  from edge
  join resolved as child on child.id = edge.job_id and child.is_new
  left join resolved as parent on parent.id = edge.after_id
  left join known on known.id = edge.after_id
), changed as (
  update holdfast.jobs as job set
    has_dependents = job.has_dependents or change.is_parent,
    unique_key = case when change.takes_key then null else job.unique_key end,
    payload = case when change.updates then change.payload else job.payload end,
    priority = case when change.updates then change.priority else job.priority end,
    run_at = case when change.updates then change.run_at else job.run_at end,
    attempts = case when change.updates then 0 else job.attempts end,
    state = case
      when not change.updates or job.state = 'blocked' then job.state
      when change.run_at > holdfast.now() then 'scheduled'
      else 'ready'
    end
  from (
    select touch.id, bool_or(touch.takes_key) as takes_key, bool_or(touch.updates) as updates, bool_or(touch.is_parent) as is_parent,
      (array_agg(touch.payload) filter (where touch.updates))[1] as payload, min(touch.priority) as priority,
      min(touch.run_at) as run_at
    from (
      select resolved.twin_id::text as id, resolved.takes_key, resolved.updates, false as is_parent, resolved.payload,
        resolved.priority, resolved.run_at
      from resolved
      where resolved.takes_key or resolved.updates
      union all
      select link.after_id, false, false, true, null, null, null from link
    ) as touch
    group by touch.id
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit 1000000::bigint * cardinality(:ids::text[])
  ) as change
  where job.id = change.id
    and (change.takes_key or change.updates
      or not job.has_dependents and job.state in ('blocked', 'scheduled', 'ready', 'running'))
  returning job.id, job.state
), inserted as (
  insert into holdfast.jobs (id, queue, state, on_dependency_failure, has_dependents, blocked_by, priority, max_attempts,
    backoff_ms, backoff_max_ms, run_at, created_at, unique_key, execution_id, payload)
  select resolved.id, resolved.queue,
    case when first.count > 0 then 'blocked' when resolved.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state,
    resolved.policy, resolved.id in (select link.after_id from link), coalesce(first.count, 0), resolved.priority,
    resolved.max_attempts, resolved.backoff_ms, resolved.backoff_max_ms, resolved.run_at, holdfast.now(), resolved.unique_key,
    resolved.execution_id, resolved.payload
  from resolved
  left join (select link.job_id, count(*)::integer as count from link group by link.job_id) as first on first.job_id = resolved.id
  where resolved.is_new and (select count(*) from changed) >= 0
  order by resolved.position
  on conflict (id) do nothing
  returning id, state
), linked as (
  insert into holdfast.job_dependencies (after_id, job_id)
  select link.after_id, link.job_id
  from link
  join inserted on inserted.id = link.job_id
  returning job_id
), ended as materialized (
  select coalesce(array_agg(known.id::text), '{}') as ids
  from known
  where known.state in ('succeeded', 'dead', 'canceled') and known.id in (select link.after_id from link)
), settled as materialized (
  select case when ended.ids <> '{}' then holdfast.settle_dependents(ended.ids) end as woken
  from ended
  where (select count(*) from linked) >= 0
)
select case when resolved.is_new or resolved.twin_id is null then resolved.id else resolved.twin_id end as "id!",
  case
    when inserted.id is not null then 'created'
    when resolved.updates then 'replaced'
    when resolved.is_new then
      holdfast.fail('40001', format('job %s was pushed by another at the same moment', resolved.id),
        json_build_object('entity', 'job', 'id', resolved.id))::text
    else 'kept'
  end as "outcome!",
  case
    when inserted.state = 'blocked' and settled.woken is not null then holdfast.job_state_of(resolved.id)
    else coalesce(inserted.state, changed.state, resolved.known_state)
  end as "state!"
from settled
cross join resolved
left join inserted on inserted.id = resolved.id
left join changed on changed.id = resolved.twin_id and resolved.updates
order by resolved.position
