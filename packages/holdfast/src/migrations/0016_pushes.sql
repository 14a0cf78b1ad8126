-- Pushes of jobs: all except the usual one, which is a statement of its own. `push_jobs` is the whole; the functions before it are its
-- steps. Each step is volatile, so that it sees what was committed before the previous step's locks were granted.

-- A job as it is pushed. The payload comes last, so that reading the other columns does not step over it.
create type holdfast.job_push as (
  id text,
  -- False for a generated id, which nobody else can push.
  has_own_id boolean,
  -- Its place in the call: jobs are created in this order.
  position bigint,
  -- The outcome: it creates a job ('created'), gives a waiting one another payload ('replaced') or changes nothing ('kept').
  outcome text,
  -- The job that has its id or its unique key, and that job's status.
  holder text,
  status holdfast.job_status,
  queue text,
  priority integer,
  run_at timestamptz,
  max_attempts integer,
  backoff_ms bigint,
  backoff_max_ms bigint,
  timeout_ms bigint,
  execution_id text,
  group_key text,
  turn bigint,
  route text,
  unique_key text,
  replaces boolean,
  on_running holdfast.running_policy,
  debounce_max_ms bigint,
  throttle_ms bigint,
  policy holdfast.dependency_policy,
  fails_execution boolean,
  payload json
);

-- The current status of a job, not that of the calling statement's snapshot. This volatile function takes its own snapshot, so it sees a
-- job that a concurrent push of the same id has just committed.
create function holdfast.job_status_of(job_id text) returns holdfast.job_status
  language sql volatile
  as 'select job.status from holdfast.job_records as job where job.id = job_id';

-- From when on a job may run, as of now like its status.
-- Index: jobs_pkey.
create function holdfast.run_at_of(job_id text) returns timestamptz
  language sql volatile
  as 'select job.run_at from holdfast.jobs as job where job.id = job_id';

-- Serializes pushes that name a common id or unique key. The executions come first, as for a caller that has locked one of them and then
-- pushes.
-- Locks: the executions' keys, shared, in id order; then advisory, ids before unique keys, each in hash order.
create function holdfast.lock_pushes(execution_ids text[], job_ids text[], unique_keys text[]) returns void
  language plpgsql volatile
  as $$
begin
  if execution_ids <> '{}' then
    perform from (select distinct given.id collate "C" as id from pg_catalog.unnest(execution_ids) as given(id) order by 1) as named
    cross join lateral (
      select from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution;
  end if;
  if job_ids <> '{}' then
    perform holdfast.lock_keys('job', job_ids);
  end if;
  if unique_keys <> '{}' then
    perform holdfast.lock_keys('job unique key', unique_keys);
  end if;
end
$$;

-- Locks the jobs that a step acknowledges, together with those that its pushes depend on, or share a unique key with, all in one order.
-- The unfinished jobs of executions that it ends are among them. Before them, locks the keys that two pushes must not resolve at once.
create function holdfast.lock_linked_jobs(execution_ids text[], own_ids text[], touched text[], queues text[], unique_keys text[],
    ending text[])
  returns void
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
begin
  perform holdfast.lock_pushes(execution_ids, own_ids, array(
    select holdfast.job_key(given.queue, given.unique_key) from rows from (pg_catalog.unnest(queues), pg_catalog.unnest(unique_keys)) as given(queue, unique_key)
  ));
  perform holdfast.lock_leases_of(ending);
  perform holdfast.lock_jobs(touched || holdfast.open_jobs_of(ending) || array(
    select held.job_id
    from rows from (pg_catalog.unnest(queues), pg_catalog.unnest(unique_keys)) as given(queue, unique_key)
    cross join lateral (
      select stored.job_id from holdfast.job_keys as stored
      where stored.queue = given.queue and stored.unique_key = given.unique_key
      limit 1
    ) as held
  ));
end
$$;

-- The pushes with their outcomes. An existing id is kept before its unique key is considered. A running job loses its key to a push that
-- asks for another run, unless it is throttled. That push creates a job although the key has one. A key is free if its job was removed,
-- or has ended and is not throttled.
-- Index: jobs_pkey, job_keys_pkey, and those of job_records.
create function holdfast.resolve_pushes(pushes holdfast.job_push[]) returns holdfast.job_push[]
  language plpgsql volatile
  as $$
begin
  return array(
    select row(push.id, push.has_own_id, push.position,
      case
        when same.id is not null then 'kept'
        when other.id is null then 'created'
        when push.replaces and other.status in ('blocked', 'scheduled', 'ready') then 'replaced'
        when push.on_running <> 'keep' and other.status = 'running' and not other.is_throttled then 'created'
        else 'kept'
      end,
      coalesce(same.id, other.id), coalesce(same.status, other.status), push.queue, push.priority, push.run_at, push.max_attempts,
      push.backoff_ms, push.backoff_max_ms, push.timeout_ms, push.execution_id, push.group_key, push.turn, push.route,
      push.unique_key, push.replaces, push.on_running, push.debounce_max_ms, push.throttle_ms, push.policy, push.fails_execution, push.payload)::holdfast.job_push
    from pg_catalog.unnest(pushes) as push
    left join lateral (
      select job.id, job.status from holdfast.job_records as job where push.has_own_id and job.id = push.id limit 1
    ) as same on true
    left join lateral (
      select held.job_id as id, coalesce(held.throttled_until > holdfast.now(), false) as is_throttled, job.status
      from holdfast.job_keys as held
      cross join lateral (
        select record.status from holdfast.job_records as record where record.id = held.job_id limit 1
      ) as job
      where held.queue = push.queue and held.unique_key = push.unique_key
        and (held.throttled_until > holdfast.now() or job.status not in ('succeeded', 'dead', 'canceled'))
      limit 1
    ) as other on same.id is null
    order by push.position
  );
end
$$;

-- Locks the executions of jobs that are about to be created, in id order. Fails with HF003 if one has ended.
create function holdfast.lock_owners(pushes holdfast.job_push[]) returns void
  language plpgsql volatile
  as $$
begin
  perform from (
    select distinct push.execution_id collate "C" as id
    from pg_catalog.unnest(pushes) as push
    where push.execution_id is not null and push.outcome = 'created'
      and not exists (select from holdfast.jobs as job where push.has_own_id and job.id = push.id)
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
  where holdfast.is_open(execution.id, execution.status);
end
$$;

-- The pushes with the turns of those in a group, one after another behind the group's last waiting job. With aging there are none.
create function holdfast.give_turns(pushes holdfast.job_push[]) returns holdfast.job_push[]
  language plpgsql volatile
  as $$
begin
  return array(
    select row(push.id, push.has_own_id, push.position, push.outcome, push.holder, push.status, push.queue, push.priority, push.run_at,
      push.max_attempts, push.backoff_ms, push.backoff_max_ms, push.timeout_ms, push.execution_id, push.group_key,
      coalesce(max(push.before) over in_group + push.place, 0), push.route, push.unique_key, push.replaces, push.on_running,
      push.debounce_max_ms, push.throttle_ms, push.policy, push.fails_execution, push.payload)::holdfast.job_push
    from (
      -- Looked up once per group, and distributed by a window.
      select input.*, case when input.place = 1 and input.group_key is not null and input.outcome = 'created' then (
          select before.turn
          from holdfast.turn_before(input.queue, 'job', input.route, input.priority, input.group_key) as before
          where not exists (select from holdfast.queues as queue where queue.name = input.queue and queue.aging_ms is not null)
        ) end as before
      from (
        select given.*,
          row_number() over (
            partition by given.outcome = 'created', given.queue, given.route, given.priority, given.group_key order by given.position
          ) as place
        from pg_catalog.unnest(pushes) as given
      ) as input
    ) as push
    window in_group as (partition by push.outcome = 'created', push.queue, push.route, push.priority, push.group_key)
    order by push.position
  );
end
$$;

-- Creates the jobs with that outcome, in the order of their places, and enqueues those without dependencies. Parents among them have
-- dependents from the beginning. `traces` has the trace context of each push, or is empty. Returns the ids of those that a concurrent push
-- created first, and of those that wait for their time.
create function holdfast.insert_jobs(pushes holdfast.job_push[], traces text[], children text[], parents text[], out missed text[],
    out later text[])
  language plpgsql volatile
  as $$
declare
  made text[];
begin
  with inserted as (
    insert into holdfast.jobs as job (id, sequence, queue, on_dependency_failure, priority, rank, turn, route, max_attempts, backoff_ms,
      backoff_max_ms, timeout_ms, run_at, created_at, group_key, unique_key, execution_id, fails_execution, payload, trace_context)
      overriding system value
    select input.id, input.sequence, input.queue, input.policy, input.priority,
      holdfast.work_rank(input.priority, input.run_at, setting.aging_ms), input.turn, input.route, input.max_attempts,
      input.backoff_ms, input.backoff_max_ms, input.timeout_ms, input.run_at, holdfast.now(), input.group_key, input.unique_key,
      input.execution_id, input.fails_execution, input.payload, input.trace_context
    from (
      -- Numbered before they are sorted.
      select push.*, pg_catalog.nextval('holdfast.jobs_sequence_seq') as sequence, push.unnest as trace_context
      from rows from (pg_catalog.unnest(pushes), pg_catalog.unnest(traces)) as push
      where push.outcome = 'created'
    ) as input
    left join lateral (select queue.aging_ms from holdfast.queues as queue where queue.name = input.queue limit 1) as setting on true
    order by input.id collate "C"
    on conflict (id) do nothing
    returning job.id, job.sequence, job.queue, job.priority, job.rank, job.turn, job.route, job.run_at, job.group_key,
      job.unique_key is not null or job.fails_execution or job.id in (select pg_catalog.unnest(parents)) as is_linked,
      case
        when job.id in (select pg_catalog.unnest(children)) then 'blocked'
        when job.run_at > holdfast.now() then 'scheduled'
        when job.group_key is not null and exists (
          select from holdfast.queues as queue where queue.name = job.queue and queue.concurrency_per_group is not null
        ) then 'line'
        else 'ready'
      end as place
  ), scheduled as (
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key,
      job.is_linked
    from inserted as job where job.place = 'scheduled'
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key,
      job.is_linked
    from inserted as job where job.place = 'line'
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct job.queue, job.group_key, 0 from inserted as job where job.place = 'line'
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key, false,
      job.is_linked
    from inserted as job where job.place = 'ready'
  )
  select coalesce(pg_catalog.array_agg(job.id), '{}'), coalesce(pg_catalog.array_agg(job.id) filter (where job.place = 'scheduled'), '{}')
  into made, later
  from inserted as job;
  missed := '{}';
  if pg_catalog.cardinality(made) < pg_catalog.cardinality(pushes) then
    missed := array(
      select push.id from pg_catalog.unnest(pushes) as push
      where push.outcome = 'created' and push.id not in (select pg_catalog.unnest(made))
    );
  end if;
end
$$;

-- Gives unique keys to the created jobs. Running jobs that had such a key lose it.
create function holdfast.take_keys(pushes holdfast.job_push[]) returns void
  language plpgsql volatile
  as $$
begin
  update holdfast.jobs as job set unique_key = null
  from (
    select push.holder
    from pg_catalog.unnest(pushes) as push
    where push.outcome = 'created' and push.holder is not null
    limit pg_catalog.cardinality(pushes)
  ) as former
  where job.id = former.holder;
  insert into holdfast.job_keys as held (queue, unique_key, job_id, throttled_until)
  select push.queue, push.unique_key, push.id, holdfast.now() + push.throttle_ms * interval '1 millisecond'
  from pg_catalog.unnest(pushes) as push
  where push.unique_key is not null and push.outcome = 'created'
  order by push.queue collate "C", push.unique_key collate "C"
  on conflict (queue, unique_key) do update set job_id = excluded.job_id, throttled_until = excluded.throttled_until;
end
$$;
