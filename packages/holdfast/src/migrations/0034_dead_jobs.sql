-- Executions that fail because one of their jobs dies (jobs.fails_execution).

-- Locks the executions that fail if these attempts fail, then all that their ends change, and the jobs of the attempts, in one order.
-- Everything that ends an execution locks it before its jobs. A step also locks the other jobs that it touches, and the parts of executions
-- that it ends. Returns whether an execution fails; locks nothing if none does.
-- Index: jobs_pkey, leases_pkey. Locks: the executions, in id order, then those of holdfast.lock_parts.
create function holdfast.lock_failing(job_ids text[], are_final boolean[], touched text[], ending text[]) returns boolean
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
declare
  failing text[];
begin
  failing := array(
    select distinct job.execution_id collate "C"
    from rows from (pg_catalog.unnest(job_ids), pg_catalog.unnest(are_final)) as given(id, is_final)
    cross join lateral (
      select stored.execution_id::text as execution_id, stored.max_attempts
      from holdfast.jobs as stored where stored.id = given.id and stored.fails_execution limit 1
    ) as job
    where given.is_final or (
      select lease.attempts >= job.max_attempts from holdfast.leases as lease where lease.id = given.id and lease.kind = 'job'
    )
    order by 1
  );
  if failing = '{}' then
    return false;
  end if;
  perform from pg_catalog.unnest(failing) as given(id)
  cross join lateral (select from holdfast.executions as stored where stored.id = given.id for update) as execution;
  perform holdfast.lock_parts(failing || ending, job_ids || touched);
  return true;
end
$$;

-- Fails the executions of dead jobs, if the jobs say so and the executions have not ended. Each gets the error of its first such job.
-- Returns the executions, and the queues that may have work now. Runs after lock_failing.
-- Index: jobs_pkey, ended_jobs_pkey, executions_pkey. Locks: those of holdfast.clear_execution.
create function holdfast.fail_owners(job_ids text[]) returns table (executions text[], woken text[])
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
declare
  owner text;
  cause json;
begin
  executions := '{}';
  woken := '{}';
  for owner, cause in
    select distinct on (job.execution_id collate "C") job.execution_id, ended.error
    from pg_catalog.unnest(job_ids) with ordinality as given(id, place)
    cross join lateral (
      select stored.execution_id::text as execution_id
      from holdfast.jobs as stored where stored.id = given.id and stored.fails_execution limit 1
    ) as job
    cross join lateral (
      select stored.error from holdfast.ended_jobs as stored where stored.id = given.id and stored.status = 'dead' limit 1
    ) as ended
    order by job.execution_id collate "C", given.place
  loop
    perform from holdfast.executions as stored where stored.id = owner and stored.finished_at is null for update;
    continue when not found;
    executions := executions || owner;
    woken := woken || holdfast.clear_execution(owner);
    update holdfast.executions as stored set status = 'failed', error = coalesce(cause, stored.error), version = stored.version + 1,
        updated_at = holdfast.now(), started_at = coalesce(stored.started_at, holdfast.now()), finished_at = holdfast.now()
      where stored.id = owner;
  end loop;
  return next;
end
$$;

-- Whether the execution of a job fails when this lease expires, because the attempt was the last.
-- Index: jobs_pkey.
create function holdfast.is_fatal(lease holdfast.leases) returns boolean
  language sql stable
  as $$
  select lease.is_linked and exists (
    select from holdfast.jobs as job where job.id = lease.id and job.fails_execution and lease.attempts >= job.max_attempts
  )
$$;
