-- The steps of pushes with a unique key or dependencies, and the general push itself.

-- Takes ready jobs from their place, and gives the slots of their groups back. Runs behind lock_jobs.
create function holdfast.unplace_jobs(job_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  with job as materialized (
    select stored.id, stored.queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
  ), in_line as (
    delete from holdfast.group_lines as work using job where work.id = job.id and work.kind = 'job'
  ), were_ready as (
    delete from holdfast.ready as work using job
    where work.queue = job.queue and work.kind = 'job' and work.route = job.route and work.rank = job.rank and work.turn = job.turn
      and work.run_at = job.run_at and work.sequence = job.sequence and work.id = job.id
    returning work.queue, work.group_key, work.has_place
  )
  insert into holdfast.openings (queue, group_key, freed)
  select work.queue, work.group_key, count(*) from were_ready as work where work.has_place group by work.queue, work.group_key;
end
$$;

-- Gives waiting jobs the payload, trace, priority, timeout and time of the pushes that replace them, and restores their attempts. A
-- debounced one waits no longer than its bound from its first push. A scheduled job that stays scheduled is changed in place, as most
-- debounced ones are. Others that are not blocked are taken out and enqueued again. Runs behind lock_jobs.
create function holdfast.replace_jobs(pushes holdfast.job_push[], traces text[]) returns void
  language plpgsql volatile
  as $$
declare
  waiting text[];
  moved text[];
  due text[];
begin
  select coalesce(pg_catalog.array_agg(push.holder) filter (where push.status = 'scheduled'), '{}'),
    coalesce(pg_catalog.array_agg(push.holder) filter (where push.status = 'ready'), '{}')
  into waiting, moved
  from pg_catalog.unnest(pushes) as push
  where push.outcome = 'replaced';
  -- By their order keys, which change below.
  if moved <> '{}' then
    perform holdfast.unplace_jobs(moved);
  end if;
  update holdfast.jobs as job set
    payload = change.payload,
    trace_context = change.trace_context,
    priority = change.priority,
    timeout_ms = change.timeout_ms,
    run_at = change.run_at,
    rank = holdfast.work_rank(change.priority, change.run_at, change.aging_ms),
    attempts = 0
  from (
    select push.holder, push.payload, push.unnest as trace_context, push.priority, push.timeout_ms,
      least(push.run_at, stored.created_at + push.debounce_max_ms * interval '1 millisecond') as run_at,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = push.queue) as aging_ms
    from rows from (pg_catalog.unnest(pushes), pg_catalog.unnest(traces)) as push
    cross join lateral (select each.created_at from holdfast.jobs as each where each.id = push.holder limit 1) as stored
    where push.outcome = 'replaced'
    limit holdfast.at_most(pg_catalog.cardinality(pushes))
  ) as change
  where job.id = change.holder;
  if waiting <> '{}' then
    with changed as (
      update holdfast.scheduled as work set run_at = job.run_at, rank = job.rank, priority = job.priority, attempts = job.attempts
      from (
        select stored.id, stored.run_at, stored.rank, stored.priority, stored.attempts
        from pg_catalog.unnest(waiting) as given(id)
        cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
        limit holdfast.at_most(pg_catalog.cardinality(waiting))
      ) as job
      where work.id = job.id and work.kind = 'job'
      returning work.id, work.run_at
    )
    select coalesce(pg_catalog.array_agg(changed.id) filter (where changed.run_at <= holdfast.now()), '{}') into due from changed;
    if due <> '{}' then
      delete from holdfast.scheduled as work
      using (select given.id from pg_catalog.unnest(due) as given(id) limit holdfast.at_most(pg_catalog.cardinality(due))) as job
      where work.id = job.id and work.kind = 'job';
      moved := moved || due;
    end if;
  end if;
  if moved <> '{}' then
    perform holdfast.enqueue_jobs(moved);
  end if;
end
$$;

-- Lets newly created jobs wait for others, by pairs of the two. Earlier ones of those others are locked, and given as `locked`. Their
-- places record that they have dependents, and those that have already ended are settled here.
create function holdfast.link_jobs(children text[], parents text[], locked text[]) returns void
  language plpgsql volatile
  as $$
begin
  insert into holdfast.blocked_jobs (id, queue, blocked_by)
  select edge.child, job.queue, edge.count
  from (
    select given.child, count(*)::integer as count from pg_catalog.unnest(children) as given(child) group by given.child
  ) as edge
  cross join lateral (select stored.queue::text as queue from holdfast.jobs as stored where stored.id = edge.child limit 1) as job;
  insert into holdfast.job_dependencies (after_id, job_id)
  select given.parent, given.child from rows from (pg_catalog.unnest(parents), pg_catalog.unnest(children)) as given(parent, child);
  perform holdfast.mark_linked(locked);
  perform holdfast.settle_jobs(array(
    select ended.id
    from pg_catalog.unnest(locked) as given(id)
    cross join lateral (select stored.id from holdfast.ended_jobs as stored where stored.id = given.id limit 1) as ended
  ));
end
$$;

-- Records in the places of jobs that they have dependents. Runs behind lock_jobs. Blocked ones need no record: they get it when they are
-- enqueued.
create function holdfast.mark_linked(job_ids text[]) returns void
  language plpgsql volatile
  as $$
begin
  update holdfast.leases as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.scheduled as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.group_lines as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.ready as work set is_linked = true
  from (
    select stored.id, stored.queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as job
  where work.queue = job.queue and work.kind = 'job' and work.route = job.route and work.rank = job.rank and work.turn = job.turn
    and work.run_at = job.run_at and work.sequence = job.sequence and work.id = job.id and not work.is_linked;
end
$$;

-- The edges of new jobs, as pairs of child and parent, and the rows to lock for them and for the keys. A job that depends on one that was
-- kept or replaced depends on the stored one; a kept one gets no edges. A job that is created while another runs with its unique key
-- depends on that one, if its push says so.
create function holdfast.links_of_pushes(pushes holdfast.job_push[], edge_jobs text[], edge_afters text[])
  returns table (children text[], parents text[], touched text[])
  language plpgsql volatile
  as $$
declare
  known jsonb;
  made text[];
begin
  select edge_jobs || coalesce(pg_catalog.array_agg(push.id), '{}'), edge_afters || coalesce(pg_catalog.array_agg(push.holder), '{}')
  into edge_jobs, edge_afters
  from pg_catalog.unnest(pushes) as push
  where push.outcome = 'created' and push.holder is not null and push.on_running = 'after';
  if edge_jobs = '{}' then
    return query
    select '{}'::text[], '{}'::text[], array(
      select push.holder collate "C" from pg_catalog.unnest(pushes) as push
      where push.outcome <> 'kept' and push.holder is not null order by 1
    );
    return;
  end if;
  select coalesce(pg_catalog.jsonb_object_agg(push.id, push.holder) filter (where push.outcome <> 'created'), '{}'),
    pg_catalog.array_agg(push.id) filter (where push.outcome = 'created')
  into known, made
  from pg_catalog.unnest(pushes) as push;
  return query
  with edge as materialized (
    select distinct given.child, coalesce(known ->> given.parent, given.parent) as parent
    from rows from (pg_catalog.unnest(edge_jobs), pg_catalog.unnest(edge_afters)) as given(child, parent)
    where not known ? given.child
  )
  select array(select edge.child from edge), array(select edge.parent from edge),
    array(
      select edge.parent collate "C" as id from edge where edge.parent not in (select pg_catalog.unnest(made))
      union
      select push.holder
      from pg_catalog.unnest(pushes) as push
      where push.outcome <> 'kept' and push.holder is not null
      order by id
    );
end
$$;

-- Fails with HF004 if a dependency is not among the jobs that were found.
create function holdfast.require_parents(children text[], parents text[], touched text[], existing text[]) returns void
  language plpgsql volatile
  as $$
begin
  if pg_catalog.cardinality(existing) < pg_catalog.cardinality(touched) then
    perform holdfast.fail('HF004',
      pg_catalog.format('job %s, which job %s is to come after, does not exist: push it first', edge.parent, edge.child),
      pg_catalog.json_build_object('entity', 'job', 'id', edge.parent, 'field', 'after'))
    from rows from (pg_catalog.unnest(children), pg_catalog.unnest(parents)) as edge(child, parent)
    where edge.parent in (select pg_catalog.unnest(touched)) and edge.parent not in (select pg_catalog.unnest(existing))
    limit 1;
  end if;
end
$$;

-- Applies what the pushes of one call say about keys and other jobs, behind insert_jobs.
create function holdfast.relate_jobs(pushes holdfast.job_push[], traces text[], has_keys boolean, children text[], parents text[],
    locked text[])
  returns void
  language plpgsql volatile
  as $$
begin
  if has_keys then
    perform holdfast.take_keys(pushes);
    if locked <> '{}' then
      perform holdfast.replace_jobs(pushes, traces);
    end if;
  end if;
  if children <> '{}' then
    perform holdfast.link_jobs(children, parents, locked);
  end if;
end
$$;

-- Pushes jobs, in the order of their places, by their outcomes from resolve_pushes; `traces` are in the same order, or empty; `edge_jobs`
-- depend on `edge_afters`. Returns those that were not made ready, by pushed id. Fails with HF004 if a dependency does not exist, and with
-- HF003 for a new job of an ended execution.
--
-- Parents, and jobs that a unique key replaces, are locked in their tables. A later end of a parent sees its edges, and one that had
-- ended before is settled here. The rows to lock depend on what was found, and are checked again once locked, until both agree.
-- Locks: executions, advisory ones of ids and keys, existing jobs, the blocked ones last, then in id order; then its new rows, in id
-- order. Plans are generic: otherwise most calls are planned anew for the size of their array, which takes longer than running them.
create function holdfast.push_jobs(pushes holdfast.job_push[], traces text[], has_owners boolean, has_groups boolean, has_keys boolean,
  edge_jobs text[], edge_afters text[])
  returns table (pushed_id text, id text, outcome text, status holdfast.job_status, run_at timestamptz)
  language plpgsql volatile set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  is_related constant boolean := has_keys or edge_jobs <> '{}';
  children text[] := '{}';
  parents text[] := '{}';
  touched text[] := '{}';
  locked text[] := '{}';
  missed text[];
  later text[];
begin
  if is_related then
    perform holdfast.lock_pushes(
      array(select push.execution_id from pg_catalog.unnest(pushes) as push where push.execution_id is not null),
      array(select push.id from pg_catalog.unnest(pushes) as push where push.has_own_id),
      array(
        select holdfast.job_key(push.queue, push.unique_key) from pg_catalog.unnest(pushes) as push where push.unique_key is not null
      ));
    loop
      pushes := holdfast.resolve_pushes(pushes);
      select link.children, link.parents, link.touched into children, parents, touched
      from holdfast.links_of_pushes(pushes, edge_jobs, edge_afters) as link;
      exit when touched = locked;
      perform holdfast.require_parents(edge_jobs, edge_afters, touched, holdfast.lock_jobs(touched));
      locked := touched;
    end loop;
  end if;
  if has_owners then
    perform holdfast.lock_owners(pushes);
  end if;
  if has_groups then
    pushes := holdfast.give_turns(pushes);
  end if;
  select made.missed, made.later into missed, later from holdfast.insert_jobs(pushes, traces, children, parents) as made;
  if not is_related then
    return query
    select late.id, late.id, 'created', 'scheduled'::holdfast.job_status, holdfast.run_at_of(late.id)
    from pg_catalog.unnest(later) as late(id)
    union all
    select kept.id, kept.id, 'kept',
      coalesce(holdfast.job_status_of(kept.id), case when holdfast.fail('40001',
        pg_catalog.format('job %s was removed at the moment when it was pushed', kept.id),
        pg_catalog.json_build_object('entity', 'job', 'id', kept.id)) then 'ready'::holdfast.job_status end),
      holdfast.run_at_of(kept.id)
    from pg_catalog.unnest(missed) as kept(id);
    return;
  end if;
  if missed <> '{}' then
    perform holdfast.fail('40001', pg_catalog.format('job %s was pushed by another at the same moment', missed[1]),
      pg_catalog.json_build_object('entity', 'job', 'id', missed[1]));
  end if;
  perform holdfast.relate_jobs(pushes, traces, has_keys, children, parents, locked);
  return query
  select push.id, case when push.outcome = 'created' then push.id else push.holder end, push.outcome,
    case
      when push.outcome = 'kept' then push.status
      when push.outcome = 'replaced' then holdfast.job_status_of(push.holder)
      when push.id in (select pg_catalog.unnest(children)) then holdfast.job_status_of(push.id)
      when push.run_at > holdfast.now() then 'scheduled'
      else 'ready'
    end,
    case when push.outcome = 'created' then push.run_at else holdfast.run_at_of(push.holder) end
  from pg_catalog.unnest(pushes) as push;
end
$$;
