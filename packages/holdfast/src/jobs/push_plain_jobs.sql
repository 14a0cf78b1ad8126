-- Inserts jobs that have no unique key and come after no others. Where a job of that id exists it is kept as it is, also when a
-- concurrent push has just inserted it. Fails with HF003 for a new job of an execution that has ended.
-- Index: jobs_pkey, queues_pkey, executions_pkey. Locks: the executions of new jobs, shared, in id order; then what it inserts, in id
-- order. The order of pushes is that of the input.
-- :many
with input as materialized (
  select given.id, given.queue, given.payload, given.priority, given.run_at, given.delay_ms, given.max_attempts, given.backoff_ms,
    given.backoff_max_ms, given.execution_id, given.group_key, given.route, given.position,
    nextval('holdfast.jobs_sequence_seq') as sequence
  from unnest((select :ids::text[]), :queues::text[], :payloads?::json[], :priorities::integer[], :runAt?::timestamptz[],
    :delaysMs?::bigint[], :maxAttempts::integer[], :backoffMs::bigint[], :backoffMaxMs::bigint[], :executionIds?::text[],
    :groups?::text[], :routes::text[])
    with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      group_key, route, position)
), setting as materialized (
  select queue.name, queue.aging_ms, queue.concurrency_per_group is not null as has_group_limit
  from holdfast.queues as queue
  where queue.name = any(:queues::text[])
), due as (
  select input.id, input.queue, input.priority, input.max_attempts, input.backoff_ms, input.backoff_max_ms, input.execution_id,
    input.group_key, input.route, input.payload, input.position, input.sequence,
    coalesce(input.run_at, holdfast.now() + input.delay_ms * interval '1 millisecond', holdfast.now()) as run_at,
    setting.aging_ms, input.group_key is not null and coalesce(setting.has_group_limit, false) as has_group_limit
  from input
  left join setting on setting.name = input.queue
), grouped as materialized (
  select due.position, due.queue, due.route, due.priority, due.group_key,
    row_number() over (partition by due.queue, due.route, due.priority, due.group_key order by due.position) as place
  from due
  where due.group_key is not null and due.aging_ms is null
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
), owner as materialized (
  select execution.id, execution.status
  from (
    select distinct input.execution_id collate "C" as id
    from input
    where input.execution_id is not null
      and (select present.state from holdfast.jobs as present where present.id = input.id) is null
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), inserted as (
  insert into holdfast.jobs (id, sequence, queue, state, on_dependency_failure, priority, rank, turn, route, has_group_limit, max_attempts,
    backoff_ms, backoff_max_ms, run_at, created_at, group_key, execution_id, payload) overriding system value
  select due.id, due.sequence, due.queue, case when due.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state, 'cancel',
    due.priority, holdfast.job_rank(due.priority, due.run_at, due.aging_ms), coalesce(turned.turn, 0), due.route, due.has_group_limit,
    due.max_attempts, due.backoff_ms, due.backoff_max_ms, due.run_at, holdfast.now(), due.group_key, due.execution_id, due.payload
  from due
  left join turned on turned.position = due.position
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by due.id collate "C"
  on conflict (id) do nothing
  returning id, state, queue, group_key, route, rank, turn, has_group_limit
), opened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select inserted.queue, inserted.group_key, inserted.route, min(inserted.rank), min(inserted.turn)
  from inserted
  where inserted.has_group_limit and inserted.state = 'ready'
  group by inserted.queue, inserted.group_key, inserted.route
)
select inserted.id is not null as "created!",
  case
    when inserted.id is not null then inserted.state
    else coalesce(holdfast.job_state_of(input.id), case when holdfast.fail('40001',
      format('job %s was removed at the moment when it was pushed', input.id), json_build_object('entity', 'job', 'id', input.id))
      then 'ready'::holdfast.job_state end)
  end as "state!"
from input
left join inserted on inserted.id = input.id
order by input.position
