-- Inserts jobs that have no unique key and come after no others. Where a job of that id exists it is kept as it is, also when a
-- concurrent push has just inserted it.
-- Index: jobs_pkey. Locks: none but on what it inserts, in input order.
-- :many
with input as (
  select given.id, given.queue, given.payload, given.priority, given.run_at, given.delay_ms, given.max_attempts, given.backoff_ms,
    given.backoff_max_ms, given.execution_id, given.position
  from unnest(:ids::text[], :queues::text[], :payloads?::json[], :priorities::integer[], :runAt?::timestamptz[],
    :delaysMs?::bigint[], :maxAttempts::integer[], :backoffMs::bigint[], :backoffMaxMs::bigint[], :executionIds?::text[])
    with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      position)
), inserted as (
  insert into holdfast.jobs (id, queue, state, on_dependency_failure, priority, max_attempts, backoff_ms, backoff_max_ms, run_at,
    created_at, execution_id, payload)
  select due.id, due.queue, case when due.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state, 'cancel',
    due.priority, due.max_attempts, due.backoff_ms, due.backoff_max_ms, due.run_at, holdfast.now(), due.execution_id, due.payload
  from (
    select input.id, input.queue, input.priority, input.max_attempts, input.backoff_ms, input.backoff_max_ms, input.execution_id,
      input.payload, input.position,
      coalesce(input.run_at, holdfast.now() + input.delay_ms * interval '1 millisecond', holdfast.now()) as run_at
    from input
  ) as due
  order by due.position
  on conflict (id) do nothing
  returning id, state
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
