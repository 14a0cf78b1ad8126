-- The work in a queue before a general claim: jobs and executions that became due, and those whose holder is lost.
--
-- The limits inside `in (select …)` and `using (select … limit …)` cut nothing off here. They make the planner expect few rows, so it
-- looks rows up by place, even in a plan from when the tables were empty. Limits and arrays are in sub-selects, which hide them from the
-- planner: for visible values it would plan each call anew. The next migrations do the same.

-- Makes work of a queue ready whose time has come, the first due first, at most `most`. If the groups of the queue have a limit, it goes
-- to the line of its group.
-- Index: scheduled_due. Locks: rows of scheduled, skipping those that others have locked.
create function holdfast.wake_due(in_queue text, most bigint) returns void
  language plpgsql volatile
  as $$
begin
  with due as materialized (
    select found.ctid as place
    from holdfast.scheduled as found
    where found.queue = in_queue and found.run_at <= holdfast.now()
    order by found.run_at
    limit (select most)
    for update skip locked
  ), gone as (
    delete from holdfast.scheduled as work
    where work.ctid = any(array(select due.place from due))
    returning work.kind, work.id, work.queue, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority,
      work.attempts, work.group_key, work.is_linked, work.group_key is not null and coalesce((
        select queue.concurrency_per_group is not null from holdfast.queues as queue where queue.name = in_queue
      ), false) as has_line
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select gone.kind, gone.id, gone.queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
      gone.group_key, gone.is_linked
    from gone where gone.has_line
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct in_queue, gone.group_key, 0 from gone where gone.has_line
  )
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
  select gone.kind, gone.id, gone.queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
    gone.group_key, false, gone.is_linked
  from gone where not gone.has_line;
end
$$;

-- Takes at most `most` jobs of a queue from holders whose leases have expired. They wait again with the attempt counted, or are dead
-- after the last one, with their dependents settled. Returns how many wait, which are dead, and the queues that those woke. Jobs whose
-- executions fail with them stay, because their executions must be locked first. `are_left` says whether there are any.
-- Index: leases_of_queue. Locks: leases, skipping those that others have locked, then jobs, and those of settle_jobs.
create function holdfast.rescue_expired(in_queue text, most bigint, expired_error json)
  returns table (reclaimed bigint, died text[], woken text[], are_left boolean)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  again text[];
  settled text[];
  dead text[];
begin
  perform holdfast.unpack_lease(held.token)
  from (
    select chunk.token
    from holdfast.lease_chunks as chunk
    where chunk.queue = in_queue and chunk.lease_until <= holdfast.now()
    order by chunk.lease_until
    limit most
    for update skip locked
  ) as held;
  with expired as materialized (
    select found.ctid as place
    from holdfast.leases as found
    where found.queue = in_queue and found.lease_until <= holdfast.now() and found.kind = 'job' and not holdfast.is_fatal(found)
    order by found.lease_until
    limit (select most)
    for update skip locked
  ), gone as (
    delete from holdfast.leases as lease
    where lease.ctid = any(array(select expired.place from expired))
    returning lease.id, lease.token, lease.claimed_at, lease.attempts, lease.holder, lease.group_key, lease.is_linked
  ), job as materialized (
    select gone.id, gone.token, gone.claimed_at, gone.attempts, gone.holder, gone.is_linked,
      gone.attempts >= stored.max_attempts as is_dead
    from gone
    cross join lateral (select each.max_attempts from holdfast.jobs as each where each.id = gone.id limit 1) as stored
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, gone.group_key, count(*) from gone where gone.group_key is not null group by gone.group_key
  ), ended as (
    insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
    select job.id, in_queue, 'dead', job.attempts, job.token, job.claimed_at, holdfast.now(), job.holder, expired_error
    from job where job.is_dead
  ), recorded as (
    insert into holdfast.job_failures (job_id, token, attempt, started_at, failed_at, holder, error)
    select job.id, job.token, job.attempts, job.claimed_at, holdfast.now(), job.holder, expired_error from job
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select in_queue, 'dead', count(*) from job where job.is_dead having count(*) > 0
  ), kept as (
    update holdfast.jobs as stored set
      attempts = lost.attempts, token = lost.token, started_at = lost.claimed_at, holder = lost.holder, turn = 0
    from (select job.* from job where not job.is_dead limit (select most)) as lost
    where stored.id = lost.id
  )
  select coalesce(pg_catalog.array_agg(job.id) filter (where not job.is_dead), '{}'),
    pg_catalog.array_agg(job.id) filter (where job.is_dead and job.is_linked),
    coalesce(pg_catalog.array_agg(job.id) filter (where job.is_dead), '{}')
  into again, settled, dead
  from job;
  if pg_catalog.cardinality(again) > 0 then
    perform holdfast.enqueue_jobs(again);
  end if;
  return query select pg_catalog.cardinality(again)::bigint, dead,
    case when settled is null then '{}' else holdfast.settle_jobs(settled) end,
    exists (
      select from holdfast.leases as lease
      where lease.queue = in_queue and lease.lease_until <= holdfast.now() and lease.kind = 'job' and holdfast.is_fatal(lease)
    );
end
$$;

-- Does so in several queues or, if none is named, in all that have leases, found by stepping through the index.
create function holdfast.rescue_queues(names text[], most bigint, expired_error json)
  returns table (queue text, reclaimed bigint, died text[], woken text[], are_left boolean)
  language plpgsql volatile
  as $$
declare
  rescued record;
  done bigint := 0;
begin
  for queue in
    with recursive busy as (
      select '' collate "C" as name where pg_catalog.cardinality(names) = 0
      union all
      select least(
        (select lease.queue from holdfast.leases as lease where lease.queue > busy.name order by lease.queue limit 1),
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue > busy.name order by chunk.queue limit 1)
      )
      from busy
      where busy.name is not null
    )
    select busy.name from busy where busy.name > ''
    union all
    (select distinct given.name collate "C" from pg_catalog.unnest(names) as given(name) order by 1)
  loop
    exit when done >= most;
    select one.* into rescued from holdfast.rescue_expired(queue, most - done, expired_error) as one;
    reclaimed := rescued.reclaimed;
    died := rescued.died;
    woken := rescued.woken;
    are_left := rescued.are_left;
    done := done + reclaimed + pg_catalog.cardinality(died);
    return next;
  end loop;
end
$$;

-- Folds the counts of a queue into one row per status, so that summing them stays cheap. Called by retention, and by one claim in many.
-- Leaves rows that others are folding. Only if each statement sees the current rows: above READ COMMITTED, a row that another transaction
-- has folded would be a conflict.
-- Index: job_counts_of_queue. Locks: rows of job_counts, skipping those that others hold.
create function holdfast.fold_job_counts(in_queue text) returns bigint
  language plpgsql volatile
  as $$
declare
  written bigint;
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    return 0;
  end if;
  with told as materialized (
    select found.ctid as place
    from holdfast.job_counts as found
    where found.queue = in_queue
    order by found.queue, found.status
    limit (select 10000)
    for update skip locked
  ), gone as (
    delete from holdfast.job_counts as stored
    where stored.ctid = any(array(select told.place from told))
    returning stored.status, stored.count
  )
  insert into holdfast.job_counts (queue, status, count)
  select in_queue, gone.status, sum(gone.count) from gone group by gone.status having sum(gone.count) <> 0;
  get diagnostics written = row_count;
  return written;
end
$$;
