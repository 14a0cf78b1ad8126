-- Trace contexts: with what is pushed, created, scheduled or delivered, the trace that was active then. W3C's `traceparent`, and behind a
-- space its `tracestate` if there is one; null without a trace. It is a part of the request, like the payload, and never of the narrow rows
-- that claims write.

alter table holdfast.jobs add column trace_context text collate "C";

alter table holdfast.executions add column trace_context text collate "C";

alter table holdfast.timers add column trace_context text collate "C";

alter table holdfast.events add column trace_context text collate "C";

-- Of the delivered event.
alter table holdfast.ended_waits add column trace_context text collate "C";

-- Of the event or the call that woke the execution.
alter table holdfast.parks add column trace_context text collate "C";

alter table holdfast.wakes add column trace_context text collate "C";

alter type holdfast.wait_outcome add attribute trace_context text;

-- Functions whose parameters or results change.
drop function holdfast.insert_jobs(holdfast.job_push[], text[], text[]);

drop function holdfast.replace_jobs(holdfast.job_push[]);

drop function holdfast.relate_jobs(holdfast.job_push[], boolean, text[], text[], text[]);

drop function holdfast.push_jobs(holdfast.job_push[], boolean, boolean, boolean, text[], text[]);

-- Creates the jobs with that outcome, in the order of their places, and enqueues those without dependencies. Parents among them have
-- dependents from the beginning. `traces` has the trace context of each push, or is empty. Returns the ids of those that a concurrent push created first, and of those that wait for their time.
create function holdfast.insert_jobs(pushes holdfast.job_push[], traces text[], children text[], parents text[], out missed text[], out later text[])
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

-- Gives waiting jobs the payload, trace, priority, timeout and time of the pushes that replace them, and restores their attempts. A debounced
-- one waits no longer than its bound from its first push. A scheduled job that stays scheduled is changed in place, as most debounced
-- ones are. Others that are not blocked are taken out and enqueued again. Runs behind lock_jobs.
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

-- Applies what the pushes of one call say about keys and other jobs, behind insert_jobs.
create function holdfast.relate_jobs(pushes holdfast.job_push[], traces text[], has_keys boolean, children text[], parents text[], locked text[])
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

-- Pushes jobs, in the order of their places, by their outcomes from resolve_pushes; `traces` are in the same order, or empty; `edge_jobs` depend on `edge_afters`. Returns those
-- that were not made ready, by pushed id. Fails with HF004 if a dependency does not exist, and with HF003 for a new job of an ended
-- execution.
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
