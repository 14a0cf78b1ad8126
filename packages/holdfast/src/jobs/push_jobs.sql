-- Inserts jobs that may have a unique key and come after other jobs. A job whose id exists is kept as it is. Of a unique key that
-- another job of the queue holds, that job is kept; or, as the input says, it gets the new payload, priority and moment while it
-- waits, and loses the key to the new job while it runs. A job that comes after one that a key resolved comes after that one. A
-- key that is throttled keeps its job though that has ended. A job that is debounced waits no longer than its bound from its
-- first push. Fails with HF004 where a job to come after does not exist, and with HF003 for a new job of an execution that has ended.
-- Runs behind lock_job_keys.
-- Parents are marked under their row lock: whoever ends one later sees its edges, and one that had ended before is settled here.
-- The sub-selects around the arrays hide their sizes from the planner, whose estimates multiply from join to join, until it
-- reads whole tables; of an unknown array it expects ten rows, and then looks up and hashes.
-- Index: jobs_pkey, jobs_unique, jobs_throttled, queues_pkey, executions_pkey. Locks: existing jobs, those that are blocked last, then in id order;
-- then new ones, which are inserted in id order. The order of pushes is that of the input.
-- :many
with input as materialized (
  select given.id, given.queue, given.payload, given.priority, given.max_attempts, given.backoff_ms, given.backoff_max_ms,
    given.execution_id, given.group_key, given.route, given.unique_key, given.replaces, given.debounce_max_ms, given.throttle_ms,
    given.policy, given.position, nextval('holdfast.jobs_sequence_seq') as sequence,
    coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()) as run_at
  from unnest(
    (select :ids::text[]), (select :queues::text[]), (select :payloads?::json[]), (select :priorities::integer[]),
    (select :runAt?::timestamptz[]), (select :delaysMs?::bigint[]), (select :maxAttempts::integer[]), (select :backoffMs::bigint[]),
    (select :backoffMaxMs::bigint[]), (select :executionIds?::text[]), (select :groups?::text[]), (select :routes::text[]),
    (select :uniqueKeys?::text[]), (select :replaces::boolean[]), (select :debounceMaxMs?::bigint[]), (select :throttleMs?::bigint[]),
    (select :policies::holdfast.dependency_policy[])
  ) with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      group_key, route, unique_key, replaces, debounce_max_ms, throttle_ms, policy, position)
), setting as materialized (
  select queue.name, queue.aging_ms, queue.concurrency_per_group is not null as has_group_limit
  from holdfast.queues as queue
  where queue.name = any(:queues::text[])
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
  union
  select past.id
  from input
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = input.queue and job.unique_key = input.unique_key
      and job.throttled_until is not null and job.throttled_until > holdfast.now()
    order by job.throttled_until desc
    limit 1
  ) as past
  where input.unique_key is not null
), known as materialized (
  select stored.id, stored.queue, stored.unique_key, stored.state, stored.is_throttled
  from (
    select touched.id
    from touched
    -- Blocked ones last: whoever ends a job locks it and then the blocked ones that come after it.
    order by (select job.state = 'blocked' from holdfast.jobs as job where job.id = touched.id), touched.id collate "C"
  ) as ordered
  cross join lateral (
    select job.id, job.queue, job.unique_key, job.state, coalesce(job.throttled_until > holdfast.now(), false) as is_throttled
    from holdfast.jobs as job
    where job.id = ordered.id
    for no key update
  ) as stored
), keyed as materialized (
  select distinct on (known.queue, known.unique_key) known.id, known.queue, known.unique_key, known.state, known.is_throttled
  from known
  where known.unique_key is not null
    and (known.is_throttled or known.state in ('blocked', 'scheduled', 'ready', 'running'))
  order by known.queue, known.unique_key, known.state in ('blocked', 'scheduled', 'ready', 'running') desc
), resolved as materialized (
  select input.id, input.queue, input.payload, input.priority, input.max_attempts, input.backoff_ms, input.backoff_max_ms,
    input.execution_id, input.group_key, input.route, input.unique_key, input.debounce_max_ms, input.throttle_ms, input.policy,
    input.run_at, input.position, input.sequence, setting.aging_ms,
    input.group_key is not null and coalesce(setting.has_group_limit, false) as has_group_limit,
    twin.id as twin_id, coalesce(same.state, twin.state) as known_state,
    coalesce(twin.state in ('blocked', 'scheduled', 'ready') and input.replaces, false) as updates,
    coalesce(twin.state = 'running' and not twin.is_throttled and input.replaces, false) as takes_key,
    same.id is null and (twin.id is null or twin.state = 'running' and not twin.is_throttled and input.replaces) as is_new
  from input
  left join setting on setting.name = input.queue
  left join known as same on same.id = input.id
  left join keyed as twin on twin.queue = input.queue and twin.unique_key = input.unique_key and same.id is null
), grouped as materialized (
  select resolved.position, resolved.queue, resolved.route, resolved.priority, resolved.group_key,
    row_number() over (partition by resolved.queue, resolved.route, resolved.priority, resolved.group_key order by resolved.position)
      as place
  from resolved
  where resolved.is_new and resolved.group_key is not null and resolved.aging_ms is null
), based as (
  -- Looked up once a group, and spread by a window: a join of the two is planned for one row, and then compares each with each.
  select grouped.position, grouped.queue, grouped.route, grouped.priority, grouped.group_key, grouped.place,
    case when grouped.place = 1 then (
      select before.turn from holdfast.turn_before(grouped.queue, grouped.route, grouped.priority, grouped.group_key) as before
    ) end as before
  from grouped
), turned as materialized (
  select based.position,
    max(based.before) over (partition by based.queue, based.route, based.priority, based.group_key) + based.place as turn
  from based
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
    rank = case when change.updates then holdfast.job_rank(change.priority, change.run_at, change.aging_ms) else job.rank end,
    run_at = case
      when change.updates then least(change.run_at, job.created_at + change.debounce_max_ms * interval '1 millisecond')
      else job.run_at
    end,
    attempts = case when change.updates then 0 else job.attempts end,
    -- What waits has no lease, but may have had one when the snapshot was taken: the constraints are checked on that version of the
    -- row first, and only then on the one that is locked.
    lease_until = case when change.updates then null else job.lease_until end,
    state = case
      when not change.updates or job.state = 'blocked' then job.state
      when least(change.run_at, job.created_at + change.debounce_max_ms * interval '1 millisecond') > holdfast.now() then 'scheduled'
      else 'ready'
    end
  from (
    select touch.id, bool_or(touch.takes_key) as takes_key, bool_or(touch.updates) as updates, bool_or(touch.is_parent) as is_parent,
      (array_agg(touch.payload) filter (where touch.updates))[1] as payload, min(touch.priority) as priority,
      min(touch.run_at) as run_at, min(touch.aging_ms) as aging_ms, min(touch.debounce_max_ms) as debounce_max_ms
    from (
      select resolved.twin_id::text as id, resolved.takes_key, resolved.updates, false as is_parent, resolved.payload,
        resolved.priority, resolved.run_at, resolved.aging_ms, resolved.debounce_max_ms
      from resolved
      where resolved.takes_key or resolved.updates
      union all
      select link.after_id, false, false, true, null, null, null, null, null from link
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
  insert into holdfast.jobs (id, sequence, queue, state, on_dependency_failure, has_dependents, blocked_by, priority, rank, turn, route,
    has_group_limit, max_attempts, backoff_ms, backoff_max_ms, run_at, created_at, group_key, unique_key, throttled_until,
    execution_id, payload) overriding system value
  select resolved.id, resolved.sequence, resolved.queue,
    case when first.count > 0 then 'blocked' when resolved.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state,
    resolved.policy, resolved.id in (select link.after_id from link), coalesce(first.count, 0), resolved.priority,
    holdfast.job_rank(resolved.priority, resolved.run_at, resolved.aging_ms), coalesce(turned.turn, 0), resolved.route,
    resolved.has_group_limit, resolved.max_attempts, resolved.backoff_ms, resolved.backoff_max_ms, resolved.run_at, holdfast.now(),
    resolved.group_key, resolved.unique_key, holdfast.now() + resolved.throttle_ms * interval '1 millisecond',
    resolved.execution_id, resolved.payload
  from resolved
  left join turned on turned.position = resolved.position
  left join (select link.job_id, count(*)::integer as count from link group by link.job_id) as first on first.job_id = resolved.id
  -- lock_job_keys has locked it.
  left join lateral (
    select stored.status from holdfast.executions as stored where stored.id = resolved.execution_id limit 1
  ) as owner on true
  where resolved.is_new and (select count(*) from changed) >= 0 and holdfast.is_open(resolved.execution_id, owner.status)
  order by resolved.id collate "C"
  on conflict (id) do nothing
  returning id, state, queue, group_key, route, rank, turn, has_group_limit
), opened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select inserted.queue, inserted.group_key, inserted.route, min(inserted.rank), min(inserted.turn)
  from inserted
  where inserted.has_group_limit and inserted.state = 'ready'
  group by inserted.queue, inserted.group_key, inserted.route
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
