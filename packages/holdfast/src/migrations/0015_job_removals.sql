-- How jobs are canceled, and how they are removed: by retention, or with their execution.

-- Cancels unfinished jobs in the given statuses, and settles their dependents. The claim of a running one is lost: its token moves on.
-- Returns which were canceled, and the queues that may have work now.
-- Locks: those of take_jobs, then those of settle_jobs.
create function holdfast.cancel_jobs(job_ids text[], statuses holdfast.job_status[], out canceled text[], out woken text[])
  language plpgsql volatile
  as $$
declare
  linked text[];
begin
  with taken as materialized (
    select job.id, job.queue, job.status, job.attempts, job.token, job.started_at, job.holder, job.error, job.place_of, job.is_linked
    from holdfast.take_jobs(job_ids, statuses) as job
  ), ended as (
    insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
    select taken.id, taken.queue, 'canceled', taken.attempts,
      case when taken.status = 'running' then nextval('holdfast.tokens') else taken.token end, taken.started_at, holdfast.now(),
      taken.holder, taken.error
    from taken
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select taken.queue, 'canceled', count(*) from taken group by taken.queue
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select taken.queue, taken.place_of, count(*) from taken where taken.place_of is not null group by taken.queue, taken.place_of
  )
  select coalesce(pg_catalog.array_agg(taken.id), '{}'),
    coalesce(pg_catalog.array_agg(distinct taken.queue) filter (where taken.status = 'running' or taken.place_of is not null), '{}'),
    coalesce(pg_catalog.array_agg(taken.id) filter (where taken.is_linked), '{}')
  into canceled, woken, linked
  from taken;
  woken := woken || holdfast.settle_jobs(linked);
end
$$;

-- Removes ended jobs, with the rest of their unique keys, and leaves unfinished ones alone. Returns their number.
-- Locks: ended_jobs, job_keys, jobs.
create function holdfast.remove_ended_jobs(job_ids text[]) returns integer
  language plpgsql volatile
  as $$
declare
  gone text[];
begin
  with ended as (
    delete from holdfast.ended_jobs as stored
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where stored.id = given.id
    returning stored.id, stored.queue, stored.status
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select ended.queue, ended.status, -count(*) from ended group by ended.queue, ended.status
  )
  select coalesce(pg_catalog.array_agg(ended.id), '{}') into gone from ended;
  perform holdfast.forget_jobs(gone);
  return pg_catalog.cardinality(gone);
end
$$;

-- Removes the rows of jobs that are in no other table any more, with their failures and the rest of their unique keys.
create function holdfast.forget_jobs(job_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  with forgotten as (
    delete from holdfast.jobs as stored
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where stored.id = given.id
    returning stored.id, stored.queue, stored.unique_key
  ), cleared as (
    delete from holdfast.job_failures as failure
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where failure.job_id = given.id
  )
  delete from holdfast.job_keys as held
  using (
    select forgotten.id, forgotten.queue, forgotten.unique_key from forgotten where forgotten.unique_key is not null
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as job
  where held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id;
end
$$;

-- Locks jobs in their tables, and returns those that exist. Blocked ones come last: the end of a job locks it, and then its blocked
-- dependents. Their chunks come first, as they do for take_jobs.
create function holdfast.lock_jobs(job_ids text[]) returns text[]
  language plpgsql volatile
  as $$
begin
  perform holdfast.unpack_jobs(job_ids);
  return array(
    select ordered.id
    from (
      select given.id collate "C" as id,
        exists (select from holdfast.blocked_jobs as blocked where blocked.id = given.id) as is_blocked
      from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id)) as given
      order by is_blocked, id
    ) as ordered
    cross join lateral holdfast.lock_job(ordered.id) as job
  );
end
$$;

-- Removes jobs from wherever they are. Unfinished ones give the slots of their groups back, and count as canceled for their dependents.
-- Returns the queues that may have work now.
-- Locks: those of lock_jobs, then those of settle_jobs.
create function holdfast.remove_jobs(job_ids text[]) returns text[]
  language plpgsql volatile
  as $$
declare
  taken text[];
  linked text[];
  woken text[];
begin
  -- Ended jobs are removed too, and are locked in one order with the others.
  perform holdfast.lock_jobs(job_ids);
  with gone as materialized (
    select job.id, job.queue, job.place_of, job.is_linked
    from holdfast.take_jobs(job_ids, '{blocked,scheduled,ready,running}') as job
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select gone.queue, gone.place_of, count(*) from gone where gone.place_of is not null group by gone.queue, gone.place_of
  )
  select coalesce(pg_catalog.array_agg(gone.id), '{}'), coalesce(pg_catalog.array_agg(gone.id) filter (where gone.is_linked), '{}')
  into taken, linked
  from gone;
  woken := holdfast.settle_jobs(linked);
  perform holdfast.remove_ended_jobs(job_ids);
  perform holdfast.forget_jobs(taken);
  return woken;
end
$$;

-- Removes the jobs of executions that are about to be removed, and of their descendants, after locking all of these. A concurrent push
-- into one is either seen or waits. Returns how many executions it locked.
-- Locks: executions in id order, then those of remove_jobs.
create function holdfast.remove_jobs_of(execution_ids text[]) returns bigint
  language plpgsql volatile
  as $$
declare
  family text[];
begin
  with recursive below as (
    select execution.id from holdfast.executions as execution where execution.id = any(execution_ids)
    union
    select child.id from below join holdfast.executions as child on child.parent_id = below.id
  )
  select coalesce(pg_catalog.array_agg(locked.id::text), '{}') into family
  from (
    select execution.id
    from holdfast.executions as execution
    where execution.id = any(array(select below.id::text from below))
    order by execution.id
    for update
  ) as locked;
  perform holdfast.remove_jobs(array(select job.id::text from holdfast.jobs as job where job.execution_id = any(family)));
  return pg_catalog.cardinality(family);
end
$$;

-- Removes jobs that ended in one of the statuses at least this long ago, oldest first per status, and returns their number. Jobs of
-- executions stay, and are marked, so that each is skipped only once. A job with a throttled unique key stays until it loses the key. A
-- job claimed in a chunk stays until the whole chunk has ended. Continues while it finds jobs of executions, for a bounded number of
-- portions.
-- Locks: ended_jobs, skipping those that others have locked.
create function holdfast.remove_expired_jobs(statuses holdfast.job_status[], keep_ms bigint, max_jobs integer) returns integer
  language plpgsql volatile
  as $$
declare
  found_jobs integer;
  gone integer := 0;
  kept text[];
  old text[];
begin
  for portion in 1..100 loop
    select pg_catalog.count(*), coalesce(pg_catalog.array_agg(expired.id) filter (where expired.is_of_execution), '{}'),
      coalesce(pg_catalog.array_agg(expired.id) filter (where not expired.is_of_execution), '{}')
    into found_jobs, kept, old
    from (
      select stored.id, exists (
          select from holdfast.jobs as job where job.id = stored.id and job.execution_id is not null
        ) as is_of_execution
      from pg_catalog.unnest(statuses) as wanted(status)
      cross join lateral (
        select ended.id
        from holdfast.ended_jobs as ended
        where ended.status = wanted.status and not ended.is_kept
          and ended.finished_at <= holdfast.now() - keep_ms * interval '1 millisecond'
          and not holdfast.is_throttled(ended.id) and not holdfast.is_of_held_chunk(ended.id)
        order by ended.finished_at
        limit max_jobs - gone
        for update skip locked
      ) as stored
      limit max_jobs - gone
    ) as expired;
    update holdfast.ended_jobs as ended set is_kept = true where ended.id = any(kept);
    gone := gone + holdfast.remove_ended_jobs(old);
    exit when pg_catalog.cardinality(kept) = 0 or gone >= max_jobs;
  end loop;
  -- Keys whose period is over count as none already, if their jobs ended before or were removed.
  delete from holdfast.job_keys as held
  where held.ctid = any(array(
    select leftover.ctid
    from holdfast.job_keys as leftover
    where leftover.throttled_until <= holdfast.now() and not exists (
      select from holdfast.jobs as job
      where job.id = leftover.job_id and not exists (select from holdfast.ended_jobs as ended where ended.id = job.id)
    )
    limit max_jobs
    for update skip locked
  ));
  perform holdfast.fold_job_counts(scattered.queue)
  from (
    select counts.queue from holdfast.job_counts as counts group by counts.queue having count(*) > count(distinct counts.status)
  ) as scattered;
  return gone;
end
$$;
