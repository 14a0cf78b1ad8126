-- Claims and acknowledgements of whole chunks. If a chunk cannot be handled as a whole, it is unpacked, and its jobs are handled one by
-- one.

-- The first ready chunk of a queue that nobody has locked, now locked, and how many single jobs come before it, counted up to `most`.
-- Index: ready_chunks_order, ready_order. Locks: that chunk.
create function holdfast.lock_head_chunk(in_queue text, most bigint, out head holdfast.ready_chunks, out ahead bigint)
  language plpgsql volatile
  as $$
begin
  select chunk.* into head
  from holdfast.ready_chunks as chunk
  where chunk.queue = in_queue
  order by chunk.rank, chunk.run_at, chunk.sequence
  limit 1
  for update skip locked;
  if found then
    select count(*) into ahead from (
      select
      from holdfast.ready as work
      where work.queue = in_queue and work.kind = 'job' and work.route = ''
        and (work.rank, work.turn, work.run_at, work.sequence) < (head.rank, 0, head.run_at, head.sequence)
      order by work.rank, work.turn, work.run_at, work.sequence
      limit most
    ) as single;
  end if;
end
$$;

-- Unpacks the ready chunks among the first jobs of each queue, for claims that take single jobs.
-- Index: see lock_head_chunk. Locks: those chunks, skipping those that others have locked.
create function holdfast.unpack_heads(names text[], most bigint) returns void
  language plpgsql volatile
  as $$
declare
  name text;
  first record;
begin
  foreach name in array names loop
    loop
      select * into first from holdfast.lock_head_chunk(name, most);
      exit when first.ahead is null or first.ahead >= most;
      perform holdfast.unpack_ready((first.head).id);
    end loop;
  end loop;
end
$$;

-- Takes the first `count` jobs of a ready, locked chunk, and leases them as a chunk. The rest stays in place.
create function holdfast.lease_chunk(head holdfast.ready_chunks, count bigint, lease_ms bigint, claimer text) returns bigint
  language plpgsql volatile
  as $$
declare
  drawn constant bigint := nextval('holdfast.tokens') + 1;
begin
  if pg_catalog.cardinality(head.ids) <= count then
    delete from holdfast.ready_chunks as chunk where chunk.id = head.id;
  else
    update holdfast.ready_chunks as chunk set
      ids = head.ids[count + 1:],
      sequence = (select job.sequence from holdfast.jobs as job where job.id = head.ids[count + 1])
    where chunk.id = head.id;
  end if;
  insert into holdfast.lease_chunks (token, chunk_id, queue, lease_until, claimed_at, holder, ids)
  values (drawn, head.id, head.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(), claimer, head.ids[:count]);
  return drawn;
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

-- Completes claimed jobs of held chunks, if their claims still hold. Returns the others, by their places in the input: jobs outside
-- chunks, and lost claims. A claim that has already completed its job counts as held. A row without a place names a queue that has a
-- limit, and so room now.
-- Index: ended_jobs_pkey. Locks: see complete_chunk, in token order.
create function holdfast.complete_chunks(ids text[], tokens bigint[], results json[], is_settled boolean)
  returns table (place bigint, id text, token bigint, result json, freed text)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan
  as $$
#variable_conflict use_column
declare
  named record;
  ended record;
  done bigint := 0;
begin
  for named in
    select given.token, pg_catalog.array_agg(given.id) as ids, pg_catalog.array_agg(given.result) as results
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens), pg_catalog.unnest(results)) as given(id, token, result)
    where given.token % 2 = 0
    group by given.token
    order by given.token
  loop
    select one.* into ended from holdfast.complete_chunk(named.token, named.ids, named.results, is_settled) as one;
    done := done + ended.done;
    if ended.freed is not null then
      return query select null::bigint, null::text, null::bigint, null::json, ended.freed;
    end if;
  end loop;
  if done < pg_catalog.cardinality(ids) then
    return query
    select given.place, given.id, given.token, given.result, null::text
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens), pg_catalog.unnest(results)) with ordinality
      as given(id, token, result, place)
    where done = 0 or given.token % 2 <> 0 or not exists (
      select from holdfast.ended_jobs as job
      where job.id = given.id and job.token = given.token and job.status = 'succeeded'
    );
  end if;
end
$$;

-- The same for jobs of one chunk. Returns how many it completed, and their queue if it has a limit. The chunk is removed with its last
-- job.
-- Index: lease_chunks_pkey, ended_jobs_pkey, lease_chunk_ends_of_token, queues_pkey. Locks: the chunk, shared; waits for jobs that others
-- are ending.
create function holdfast.complete_chunk(of_token bigint, ids text[], results json[], is_settled boolean, out done bigint, out freed text)
  language plpgsql volatile
  as $$
declare
  held holdfast.lease_chunks;
begin
  done := 0;
  select chunk.* into held
  from holdfast.lease_chunks as chunk
  where chunk.token = of_token and (is_settled or chunk.lease_until > holdfast.now())
  for key share;
  if not found then
    return;
  end if;
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select given.id, held.queue, 'succeeded', 1, of_token, held.claimed_at, holdfast.now(), held.holder, given.result
  from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(results)) as given(id, result)
  where given.id in (select pg_catalog.unnest(held.ids))
  on conflict (id) do nothing;
  get diagnostics done = row_count;
  if done = 0 then
    return;
  end if;
  insert into holdfast.job_counts (queue, status, count) values (held.queue, 'succeeded', done);
  if done = holdfast.count_running(held) then
    delete from holdfast.lease_chunks as chunk where chunk.token = of_token;
    delete from holdfast.lease_chunk_ends as told where told.token = of_token;
  else
    insert into holdfast.lease_chunk_ends (token, count) values (of_token, done);
  end if;
  freed := (select queue.name from holdfast.queues as queue where queue.name = held.queue and queue.is_limited);
end
$$;

-- Completes a job of a held chunk, if its claim still holds, for a job without its own lease. Returns the job's state, and its queue if
-- that has a limit and so room now.
create function holdfast.complete_packed(job_id text, claim_token bigint, job_result json, is_settled boolean)
  returns table (status holdfast.job_status, token bigint, attempts integer, freed text)
  language plpgsql volatile
  as $$
begin
  if claim_token % 2 = 0 then
    freed := (select ended.freed from holdfast.complete_chunk(claim_token, array[job_id], array[job_result], is_settled) as ended);
  end if;
  return query select job.status, job.token, job.attempts, complete_packed.freed from holdfast.job_standing(job_id) as job;
end
$$;

-- Renews held chunks from now on, if the claims still hold and name all unfinished jobs of a chunk. Unpacks a chunk if they leave some
-- out. Returns the places of the renewed claims.
-- Index: lease_chunks_pkey, ended_jobs_pkey. Locks: the chunks, in token order.
create function holdfast.extend_chunks(ids text[], tokens bigint[], lease_ms bigint) returns setof bigint
  language plpgsql volatile
  as $$
declare
  named record;
  running text[];
begin
  for named in
    select given.token, pg_catalog.array_agg(given.id) as ids, pg_catalog.array_agg(given.place) as places
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    where given.token % 2 = 0
    group by given.token
    order by given.token
  loop
    select pg_catalog.array_agg(member.id) into running
    from holdfast.lease_chunks as chunk
    cross join lateral pg_catalog.unnest(chunk.ids) as member(id)
    where chunk.token = named.token and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id);
    continue when running is null;
    if running <@ named.ids then
      update holdfast.lease_chunks as chunk set lease_until = holdfast.now() + lease_ms * interval '1 millisecond'
      where chunk.token = named.token and chunk.lease_until > holdfast.now();
      if found then
        return query select given.place
        from rows from (pg_catalog.unnest(named.ids), pg_catalog.unnest(named.places)) as given(id, place)
        where given.id in (select pg_catalog.unnest(running));
      end if;
    else
      perform holdfast.unpack_lease(named.token);
    end if;
  end loop;
end
$$;
