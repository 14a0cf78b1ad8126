-- What is done in a queue before a general claim: work whose moment has come, and work whose holder is lost.
--
-- The limits inside `in (select …)` and `using (select … limit …)` cut nothing here. They make the planner expect few rows, and so go by
-- the place of a row even in a plan from when the tables were empty. Limits and arrays stand in sub-selects, which hide them from the
-- planner: of what it sees it would make a plan anew for each call. So it is in the next migrations.

-- Makes work of a queue ready whose moment has come, the first that became due first, at most `most`; where the groups of the queue have a
-- limit, it goes to the line of its group. Index: scheduled_due. Locks: rows of scheduled, skipping those that others have locked.
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

-- Takes jobs of a queue from holders whose leases have run out, at most `most`: they wait again with the attempt counted, or are dead where
-- it was the last, and what hangs on these is settled. Answers how many of each, and the queues that the dead ones woke.
-- Index: leases_of_queue. Locks: leases, skipping those that others have locked, then jobs, and what settle_jobs locks.
create function holdfast.rescue_expired(in_queue text, most bigint, expired_error json)
  returns table (reclaimed bigint, died bigint, woken text[])
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  again text[];
  settled text[];
  dead bigint;
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
    where found.queue = in_queue and found.lease_until <= holdfast.now() and found.kind = 'job'
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
    count(*) filter (where job.is_dead)
  into again, settled, dead
  from job;
  if pg_catalog.cardinality(again) > 0 then
    perform holdfast.enqueue_jobs(again);
  end if;
  return query select pg_catalog.cardinality(again)::bigint, dead,
    case when settled is null then '{}' else holdfast.settle_jobs(settled) end;
end
$$;

-- Does so in several queues, or, where none is named, in all that have leases, found by stepping through the index.
create function holdfast.rescue_queues(names text[], most bigint, expired_error json)
  returns table (queue text, reclaimed bigint, died bigint, woken text[])
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
    done := done + reclaimed + died;
    return next;
  end loop;
end
$$;

-- Makes one row of the counts of a queue for each status, so that to sum them stays cheap. Called by retention and by claims, which call it
-- once in so many. Leaves what others fold now. Only where each statement sees the rows as they are: above READ COMMITTED one that
-- another transaction has folded would be a conflict. Index: job_counts_of_queue. Locks: rows of job_counts, skipping what others hold.
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
