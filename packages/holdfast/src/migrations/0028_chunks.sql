-- Chunks of jobs: how they are unpacked, claimed and acknowledged.

-- Gives the jobs of a ready chunk their own rows, if it still exists.
-- Index: ready_chunks_pkey, jobs_pkey. Locks: the chunk.
create function holdfast.unpack_ready(of_chunk bigint) returns void
  language plpgsql volatile
  as $$
begin
  with gone as (
    delete from holdfast.ready_chunks as chunk where chunk.id = of_chunk
    returning chunk.queue, chunk.rank, chunk.run_at, chunk.priority, chunk.ids
  )
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', member.id, gone.queue, '', gone.rank, 0, gone.run_at, job.sequence, gone.priority, 0, false, false
  from gone
  cross join lateral pg_catalog.unnest(gone.ids) as member(id)
  cross join lateral (select stored.sequence from holdfast.jobs as stored where stored.id = member.id limit 1) as job;
end
$$;

-- Gives the unfinished jobs of a held chunk their own leases, under its token, if it is still held.
-- Index: lease_chunks_pkey, lease_chunk_ends_of_token, ended_jobs_pkey. Locks: the chunk, which sessions that end its jobs share.
create function holdfast.unpack_lease(of_token bigint) returns void
  language plpgsql volatile
  as $$
begin
  perform from holdfast.lease_chunks as chunk where chunk.token = of_token for update;
  if not found then
    return;
  end if;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform holdfast.require_unended(of_token);
  end if;
  -- With its own snapshot, from after the lock.
  with gone as (
    delete from holdfast.lease_chunks as chunk where chunk.token = of_token
    returning chunk.token, chunk.queue, chunk.lease_until, chunk.claimed_at, chunk.holder, chunk.ids
  ), forgotten as (
    delete from holdfast.lease_chunk_ends as told where told.token = of_token
  )
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, is_linked)
  select 'job', member.id, gone.token, gone.queue, gone.lease_until, gone.claimed_at, 1, gone.holder, false
  from gone
  cross join lateral pg_catalog.unnest(gone.ids) as member(id)
  where not exists (select from holdfast.ended_jobs as ended where ended.id = member.id);
end
$$;

-- Fails, with the server's own error, if a job of a held chunk has ended unseen by the transaction's snapshot. An insert still meets its
-- row.
create function holdfast.require_unended(of_token bigint) returns void
  language plpgsql volatile
  as $$
declare
  tried text[];
begin
  with inserted as (
    insert into holdfast.ended_jobs as ended (id, queue, status, attempts, token, finished_at)
    select member.id, chunk.queue, 'canceled', 1, chunk.token, holdfast.now()
    from holdfast.lease_chunks as chunk
    cross join lateral pg_catalog.unnest(chunk.ids) as member(id)
    where chunk.token = of_token
    on conflict (id) do nothing
    returning ended.id
  )
  select pg_catalog.array_agg(inserted.id) into tried from inserted;
  delete from holdfast.ended_jobs as ended where ended.id = any(tried);
end
$$;

-- Gives jobs that were pushed in chunks their own rows, with all others of their chunks.
-- Index: jobs_pkey, lease_chunks_of_chunk. Locks: their chunks, in push order.
create function holdfast.unpack_jobs(job_ids text[]) returns void
  language plpgsql volatile
  as $$
declare
  of_chunk bigint;
begin
  for of_chunk in
    select distinct job.chunk_id
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select stored.chunk_id from holdfast.jobs as stored where stored.id = given.id limit 1) as job
    where job.chunk_id is not null
    order by 1
  loop
    perform holdfast.unpack_ready(of_chunk);
    perform holdfast.unpack_lease(chunk.token) from holdfast.lease_chunks as chunk where chunk.chunk_id = of_chunk;
  end loop;
end
$$;

-- Gives the jobs of held chunks their own leases, by tokens of claims.
-- Locks: the chunks, in token order.
create function holdfast.unpack_claims(tokens bigint[]) returns void
  language plpgsql volatile
  as $$
begin
  perform holdfast.unpack_lease(named.token)
  from (select distinct given.token from pg_catalog.unnest(tokens) as given(token) where given.token % 2 = 0 order by 1) as named;
end
$$;

-- Counts the unfinished jobs of a held chunk.
-- Index: lease_chunk_ends_of_token.
create function holdfast.count_running(chunk holdfast.lease_chunks) returns bigint
  language sql stable
  as $$
  select pg_catalog.cardinality(chunk.ids) - (
    select coalesce(sum(told.count), 0) from holdfast.lease_chunk_ends as told where told.token = chunk.token
  )
$$;
