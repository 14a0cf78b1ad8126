-- Claims of jobs that return their traces.

-- Functions whose parameters or results change.
drop function holdfast.lease_jobs(text[], bigint[], boolean[], bigint, bigint, text, text[]);

drop function holdfast.claim_chunks(text, bigint, bigint, text, boolean);

drop function holdfast.claim_jobs(text[], bigint, bigint, text, text[], json);

-- Leases ready jobs by lease_work, and returns what a claim returns.
-- Index: jobs_pkey. Locks: see lease_work.
create function holdfast.lease_jobs(names text[], rooms bigint[], are_grouped boolean[], most bigint, lease_ms bigint, claimer text,
    capabilities text[])
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text)
  language plpgsql volatile
  as $$
#variable_conflict use_column
declare
  held record;
begin
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.queue) as queues,
    pg_catalog.array_agg(leased.token) as tokens, pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('job', names, rooms, are_grouped, most, lease_ms, claimer, capabilities) as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.id, leased.queue, leased.token, job.priority, leased.attempts, job.max_attempts, job.timeout_ms,
    setting.timeout_ms, holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
    job.trace_context
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.queues), pg_catalog.unnest(held.tokens),
    pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, queue, token, attempts)
  cross join lateral (
    select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
      stored.trace_context
    from holdfast.jobs as stored
    where stored.id = leased.id
    limit 1
  ) as job
  left join holdfast.queues as setting on setting.name = leased.queue;
end
$$;

-- Claims jobs of one queue whose groups have no limits, in order. It takes the single ones before a chunk, then as much of the chunk as
-- there is room for. A claim of fewer than ten jobs unpacks the chunk, which would otherwise be rewritten for each claim. Counts against
-- the rate, if the queue was locked for that.
-- Index: see lock_head_chunk and lease_jobs; lease_chunks_pkey, jobs_pkey, queues_pkey. Locks: chunks and rows of ready, skipping those
-- that others have locked.
create function holdfast.claim_chunks(in_queue text, most bigint, lease_ms bigint, claimer text, is_guarded boolean)
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  first record;
  claimed bigint := 0;
  packed bigint := 0;
  before bigint;
  drawn bigint;
  singles bigint;
  queue_timeout constant bigint := (select setting.timeout_ms from holdfast.queues as setting where setting.name = in_queue);
begin
  while claimed < most loop
    before := claimed;
    select * into first from holdfast.lock_head_chunk(in_queue, most - claimed);
    if first.ahead = 0 and most >= 10 then
      drawn := holdfast.lease_chunk(first.head, most - claimed, lease_ms, claimer);
      packed := packed + least(pg_catalog.cardinality((first.head).ids), most - claimed);
      return query
      select before + member.place, member.id, in_queue, drawn, job.priority, 1, job.max_attempts, job.timeout_ms, queue_timeout,
        holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
        job.trace_context
      from (select chunk.ids from holdfast.lease_chunks as chunk where chunk.token = drawn) as held
      cross join lateral pg_catalog.unnest(held.ids) with ordinality as member(id, place)
      cross join lateral (
        select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
          stored.trace_context
        from holdfast.jobs as stored
        where stored.id = member.id
        limit 1
      ) as job;
    else
      singles := coalesce(first.ahead, most - claimed);
      if first.ahead = 0 then
        perform holdfast.unpack_ready((first.head).id);
        -- No more than these: another chunk may come before other single jobs.
        singles := least(pg_catalog.cardinality((first.head).ids), most - claimed);
      end if;
      return query
      select before + leased.pos, leased.id, leased.queue, leased.token, leased.priority, leased.attempts, leased.max_attempts,
        leased.timeout_ms, leased.queue_timeout_ms, leased.lease_until, leased.run_at, leased.created_at, leased.execution_id,
        leased.payload, leased.trace_context
      from holdfast.lease_jobs(array[in_queue], array[singles], array[false], singles, lease_ms, claimer, '{}') as leased;
    end if;
    get diagnostics singles = row_count;
    claimed := claimed + singles;
    -- Rows that others have locked are theirs. If no chunk is left, the single ones were the last.
    exit when singles = 0 or first.ahead is null;
  end loop;
  if is_guarded and packed > 0 then
    update holdfast.queues as charged set
      rate_full_at = holdfast.rate_after(charged.rate_full_at, packed, charged.rate_limit, charged.rate_period_ms)
    where charged.name = in_queue and charged.rate_limit is not null;
  end if;
end
$$;

-- The general claim, of queues that may have limits, of due work and of jobs whose leases expired: holdfast.open_queues, then
-- holdfast.lease_jobs. A row without an id holds dead jobs and the queues that they woke, or one queue with lost jobs whose executions
-- fail with them. Another call ends those, because it locks their executions first. All plans are generic: planning them anew for the
-- values of a call takes longer than a claim.
create function holdfast.claim_jobs(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[], expired_error json)
  returns table (pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer,
    timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamptz, run_at timestamptz, created_at timestamptz, execution_id text, payload json,
    trace_context text, woken text[], died text[])
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  found_open record;
  claimed bigint;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, false) as opened;
  if pg_catalog.cardinality(named) = 1 and found_open.names = named and capabilities = '{}' and not found_open.are_grouped[1] then
    return query select leased.*, null::text[], null::text[] from holdfast.claim_chunks(named[1], found_open.rooms[1], lease_ms, claimer,
      found_open.are_guarded) as leased;
  else
    perform holdfast.unpack_heads(found_open.names, most);
    return query
    select leased.*, null::text[], null::text[]
    from holdfast.lease_jobs(found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities) as leased;
  end if;
  get diagnostics claimed = row_count;
  if pg_catalog.cardinality(found_open.died) > 0 then
    return query select 0::bigint, null::text, '', 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
      holdfast.now(), null::text, null::json, null::text, found_open.woken, found_open.died;
  end if;
  return query select 0::bigint, null::text, lost.queue, 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
    holdfast.now(), null::text, null::json, null::text, null::text[], null::text[]
  from pg_catalog.unnest(found_open.fatal) as lost(queue);
  -- Once in 256 jobs, so that folding costs a claim nothing on average. The usual claim calls this one as often.
  if claimed > 0 then
    if (pg_catalog.currval('holdfast.tokens') - 3) % 512 < 2 * claimed then
      perform holdfast.fold_job_counts(each.name) from pg_catalog.unnest(found_open.names) as each(name);
    end if;
  end if;
end
$$;
