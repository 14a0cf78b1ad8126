-- How jobs move between tables, one function per move.

-- Puts jobs without dependencies where their rows say: `scheduled` before their time, the line of their group if that has a limit, else
-- `ready`. Returns their statuses. The caller has taken them from their former place.
create function holdfast.enqueue_jobs(job_ids text[]) returns table (id text, status holdfast.job_status)
  language plpgsql volatile
  as $$
#variable_conflict use_column
begin
  return query
  with job as materialized (
    select stored.id::text as id, stored.queue::text as queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence,
      stored.priority, stored.attempts, stored.group_key::text as group_key,
      stored.unique_key is not null or stored.fails_execution
        or exists (select from holdfast.job_dependencies as edge where edge.after_id = stored.id) as is_linked,
      case
        -- A job without its own time is due when it is created, which may be after this statement's time.
        when stored.run_at > holdfast.now() and stored.run_at > stored.created_at then 'scheduled'
        when stored.group_key is not null and (
          select queue.concurrency_per_group is not null from holdfast.queues as queue where queue.name = stored.queue
        ) then 'line'
        else 'ready'
      end as place
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select job.* from holdfast.jobs as job where job.id = given.id limit 1) as stored
  ), scheduled as (
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      job.is_linked
    from job where job.place = 'scheduled'
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      job.is_linked
    from job where job.place = 'line'
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct job.queue, job.group_key, 0 from job where job.place = 'line'
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      false, job.is_linked
    from job where job.place = 'ready'
  )
  select job.id, (case job.place when 'scheduled' then 'scheduled' else 'ready' end)::holdfast.job_status from job;
end
$$;

-- The current place of a job, locked until the transaction ends; no row if it is gone. Retries if the job moved meanwhile: each look-up
-- has its own snapshot. The `place` of the answer names the table.
create function holdfast.lock_job(job_id text)
  returns table (status holdfast.job_status, place text, token bigint, attempts integer, group_key text)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  job holdfast.jobs;
begin
  for round in 1..100 loop
    select stored.* into job from holdfast.jobs as stored where stored.id = job_id;
    if not found then
      return;
    end if;
    if job.chunk_id is not null then
      perform holdfast.unpack_jobs(array[job_id]);
    end if;
    return query select 'blocked'::holdfast.job_status, 'blocked_jobs', job.token, job.attempts, null
      from holdfast.blocked_jobs as stored where stored.id = job_id for update;
    if found then return; end if;
    return query select 'scheduled'::holdfast.job_status, 'scheduled', job.token, stored.attempts, null
      from holdfast.scheduled as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select 'ready'::holdfast.job_status, 'group_lines', job.token, stored.attempts, null
      from holdfast.group_lines as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select 'ready'::holdfast.job_status, 'ready', job.token, stored.attempts,
        case when stored.has_place then stored.group_key end
      from holdfast.ready as stored
      where stored.queue = job.queue and stored.kind = 'job' and stored.route = job.route and stored.rank = job.rank
        and stored.turn = job.turn and stored.run_at = job.run_at and stored.sequence = job.sequence and stored.id = job_id
      for update;
    if found then return; end if;
    return query select 'running'::holdfast.job_status, 'leases', stored.token, stored.attempts, stored.group_key
      from holdfast.leases as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select stored.status, 'ended_jobs', stored.token, stored.attempts, null
      from holdfast.ended_jobs as stored where stored.id = job_id for update;
    if found then return; end if;
  end loop;
  perform holdfast.fail('40001', pg_catalog.format('job %s moves faster than it can be locked', job_id), '{}');
end
$$;

-- Settles the dependents of jobs that have just ended. Frees their unique keys, except throttled ones. Counts them off for dependent
-- jobs, and enqueues those that nothing blocks any more. If a job failed or was canceled, the dependent's policy decides: ignore counts
-- it off, cancel ends the dependent too, and so on. Returns the queues that may have work now.
--
-- Called by the statement that ends jobs, in the same command. Each statement of this volatile function has its own snapshot, from after
-- the ended jobs were locked. So it sees every edge that a concurrent push has committed (a push locks the jobs that it depends on).
-- Dependents are locked in id order.
create function holdfast.settle_jobs(ended text[]) returns text[]
  -- Otherwise most calls are planned anew for the size of their array, which takes longer than running them.
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
declare
  current text[] := ended;
  canceled text[];
  free text[];
  woken text[];
  queues text[] := '{}';
begin
  while pg_catalog.cardinality(current) > 0 loop
    delete from holdfast.job_keys as held
    using (
      select stored.id, stored.queue, stored.unique_key
      from pg_catalog.unnest(current) as given(id)
      cross join lateral (
        select job.id, job.queue, job.unique_key from holdfast.jobs as job where job.id = given.id and job.unique_key is not null limit 1
      ) as stored
    ) as job
    where held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id
      and (held.throttled_until is null or held.throttled_until <= holdfast.now());
    with removed as (
      delete from holdfast.job_dependencies as edge
      using pg_catalog.unnest(current) as given(id)
      where edge.after_id = given.id
      returning edge.after_id, edge.job_id
    ), affected as (
      select removed.job_id::text as id, count(*) as ended, count(*) filter (where first.status = 'succeeded') as succeeded
      from removed
      -- A job that is being removed has no end: it counts as canceled.
      left join lateral (
        select stored.status from holdfast.ended_jobs as stored where stored.id = removed.after_id limit 1
      ) as first on true
      group by removed.job_id
      order by removed.job_id
    ), locked as materialized (
      select affected.id, blocked.blocked_by, job.queue, job.attempts, job.token, job.started_at, job.holder,
        case job.on_dependency_failure when 'ignore' then affected.ended else affected.succeeded end as done,
        job.on_dependency_failure = 'cancel' and affected.succeeded < affected.ended as is_doomed
      from affected
      cross join lateral (
        select stored.blocked_by from holdfast.blocked_jobs as stored where stored.id = affected.id for update
      ) as blocked
      cross join lateral (
        select stored.* from holdfast.jobs as stored where stored.id = affected.id limit 1
      ) as job
    ), gone as (
      delete from holdfast.blocked_jobs as stored using locked
      where stored.id = locked.id and (locked.is_doomed or locked.blocked_by <= locked.done)
    ), counted as (
      update holdfast.blocked_jobs as stored set blocked_by = stored.blocked_by - locked.done::integer
      from locked
      where stored.id = locked.id and not locked.is_doomed and locked.blocked_by > locked.done
    ), died as (
      insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder)
      select locked.id, locked.queue, 'canceled', locked.attempts, locked.token, locked.started_at, holdfast.now(), locked.holder
      from locked where locked.is_doomed
    ), died_count as (
      insert into holdfast.job_counts (queue, status, count)
      select locked.queue, 'canceled', count(*) from locked where locked.is_doomed group by locked.queue
    )
    select
      coalesce(pg_catalog.array_agg(locked.id) filter (where locked.is_doomed), '{}'),
      coalesce(pg_catalog.array_agg(locked.id) filter (where not locked.is_doomed and locked.blocked_by <= locked.done), '{}'),
      coalesce(pg_catalog.array_agg(distinct locked.queue::text)
        filter (where not locked.is_doomed and locked.blocked_by <= locked.done), '{}')
    into canceled, free, woken
    from locked;
    perform holdfast.enqueue_jobs(free);
    queues := queues || woken;
    current := canceled;
  end loop;
  return queues;
end
$$;

-- Takes unfinished jobs in the given statuses from wherever they wait or run, for a caller that ends or removes them. Returns their
-- former state; `place_of` is the group whose slot the job held. A job that leaves the statuses meanwhile is left alone. Retries if a job
-- has moved since it was found: each look-up has its own snapshot.
-- Locks: the jobs in their tables, the blocked ones last, then in id order.
create function holdfast.take_jobs(job_ids text[], statuses holdfast.job_status[])
  returns table (
    id text, queue text, status holdfast.job_status, attempts integer, token bigint, started_at timestamptz, holder text, error json,
    place_of text, is_linked boolean
  )
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  given text;
  seen holdfast.job_status;
begin
  perform holdfast.unpack_jobs(job_ids);
  for given in
    select wanted.id
    from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id)) as wanted
    order by exists (select from holdfast.blocked_jobs as blocked where blocked.id = wanted.id), wanted.id collate "C"
  loop
    for round in 1..101 loop
      select job.status into seen from holdfast.job_records as job where job.id = given;
      exit when not found or seen <> all(statuses);
      if round > 100 then
        perform holdfast.fail('40001', pg_catalog.format('job %s moves faster than it can be taken', given), '{}');
      end if;
      case seen
        when 'blocked' then
          delete from holdfast.blocked_jobs as stored where stored.id = given
          returning null::integer, null::bigint, null::timestamptz, null::text, null::text, true
          into attempts, token, started_at, holder, place_of, is_linked;
        when 'scheduled' then
          delete from holdfast.scheduled as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, null::bigint, null::timestamptz, null::text, null::text, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
        when 'running' then
          delete from holdfast.leases as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, stored.token, stored.claimed_at, stored.holder, stored.group_key, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
        else
          delete from holdfast.group_lines as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, null::bigint, null::timestamptz, null::text, null::text, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
          if not found then
            delete from holdfast.ready as stored
            using holdfast.jobs as job
            where job.id = given and stored.queue = job.queue and stored.kind = 'job' and stored.route = job.route
              and stored.rank = job.rank and stored.turn = job.turn and stored.run_at = job.run_at
              and stored.sequence = job.sequence and stored.id = given
            returning stored.attempts, null::bigint, null::timestamptz, null::text,
              case when stored.has_place then stored.group_key end, stored.is_linked
            into attempts, token, started_at, holder, place_of, is_linked;
          end if;
      end case;
      if found then
        select job.id, job.queue, seen, coalesce(take_jobs.attempts, job.attempts), coalesce(take_jobs.token, job.token),
          coalesce(take_jobs.started_at, job.started_at), case when seen = 'running' then take_jobs.holder else job.holder end, job.error
        into id, queue, status, attempts, token, started_at, holder, error
        from holdfast.jobs as job
        where job.id = given;
        return next;
        exit;
      end if;
    end loop;
  end loop;
end
$$;

-- Gives a slot of a group back.
create function holdfast.open_group(in_queue text, of_group text) returns boolean
  language plpgsql volatile
  as $$
begin
  insert into holdfast.openings (queue, group_key, freed) values (in_queue, of_group, 1);
  return true;
end
$$;
