-- Gives waiting jobs another time or priority, and puts them where they then belong; null keeps either. Returns those that waited,
-- including blocked ones.
-- Locks: those of lock_job, blocked jobs last, then in id order.
create function holdfast.reschedule_jobs(job_ids text[], moments timestamptz[], priorities integer[]) returns text[]
  language plpgsql volatile
  as $$
declare
  moved text[];
  blocked text[];
begin
  select coalesce(pg_catalog.array_agg(ordered.id) filter (where job.status in ('scheduled', 'ready')), '{}'),
    coalesce(pg_catalog.array_agg(ordered.id) filter (where job.status = 'blocked'), '{}')
  into moved, blocked
  from (
    select given.id collate "C" as id,
      exists (select from holdfast.blocked_jobs as waiting where waiting.id = given.id) as is_blocked
    from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id) where each.id is not null) as given
    order by is_blocked, id
  ) as ordered
  cross join lateral holdfast.lock_job(ordered.id) as job;
  perform holdfast.unplace_jobs(moved);
  delete from holdfast.scheduled as work
  using (select given.id from pg_catalog.unnest(moved) as given(id) limit holdfast.at_most(pg_catalog.cardinality(moved))) as job
  where work.id = job.id and work.kind = 'job';
  update holdfast.jobs as job set
    run_at = change.run_at, priority = change.priority,
    rank = holdfast.work_rank(change.priority, change.run_at, change.aging_ms)
  from (
    select stored.id, coalesce(given.run_at, stored.run_at) as run_at, coalesce(given.priority, stored.priority) as priority,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = stored.queue) as aging_ms
    from rows from (pg_catalog.unnest(job_ids), pg_catalog.unnest(moments), pg_catalog.unnest(priorities))
      as given(id, run_at, priority)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
    where given.id = any(moved || blocked)
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as change
  where job.id = change.id;
  perform holdfast.enqueue_jobs(moved);
  return moved || blocked;
end
$$;
