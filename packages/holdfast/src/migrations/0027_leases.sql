-- Operations on many leases at once, one after another. Each is a separate statement, whose plan is a look-up by key. A plan for all at
-- once would depend on the size of the tables, which are vacuumed when nearly empty, and full a moment later.

-- Takes leases of jobs whose claims still hold from their table, for a caller that ends or gives back the claimed work. Settled claims
-- were checked and locked by an earlier statement of the transaction: they may expire meanwhile. Returns them by their place in the
-- input.
-- Index: leases_pkey. Locks: chunks that it unpacks; then leases in id order.
create function holdfast.take_leases(ids text[], tokens bigint[], is_settled boolean)
  returns table (place bigint, id text, token bigint, queue text, claimed_at timestamptz, attempts integer, holder text, group_key text,
    is_linked boolean)
  -- Few, so that the caller continues by index.
  language plpgsql volatile rows 10
  as $$
#variable_conflict use_column
declare
  claim record;
begin
  perform holdfast.unpack_claims(tokens);
  for claim in
    select given.id, given.token, given.place
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    order by given.id collate "C"
  loop
    delete from holdfast.leases as lease
    where lease.id = claim.id and lease.kind = 'job' and lease.token = claim.token
      and (is_settled or lease.lease_until > holdfast.now())
    returning claim.place, lease.id, lease.token, lease.queue, lease.claimed_at, lease.attempts, lease.holder, lease.group_key,
      lease.is_linked
    into place, id, token, queue, claimed_at, attempts, holder, group_key, is_linked;
    if found then
      return next;
    end if;
  end loop;
end
$$;

-- Locks the leases of jobs under any token, and returns their tokens.
-- Index: leases_pkey. Locks: chunks that it unpacks; then leases in id order.
create function holdfast.lock_leases(ids text[], tokens bigint[])
  returns table (id text, token bigint, lease_until timestamptz)
  language plpgsql volatile rows 10
  as $$
#variable_conflict use_column
declare
  wanted text;
begin
  perform holdfast.unpack_claims(tokens);
  for wanted in
    select given.id from pg_catalog.unnest(ids) as given(id) order by given.id collate "C"
  loop
    return query
    select lease.id, lease.token, lease.lease_until
    from holdfast.leases as lease
    where lease.id = wanted and lease.kind = 'job'
    for no key update;
  end loop;
end
$$;

-- Renews leases whose claims still hold from now on. Returns their places in the input.
-- Index: leases_pkey. Locks: leases in id order.
create function holdfast.extend_leases(ids text[], tokens bigint[], lease_ms bigint) returns setof bigint
  language plpgsql volatile
  as $$
declare
  claim record;
begin
  for claim in
    select given.id, given.token, given.place
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    order by given.id collate "C"
  loop
    update holdfast.leases as lease set lease_until = holdfast.now() + lease_ms * interval '1 millisecond'
    where lease.id = claim.id and lease.kind = 'job' and lease.token = claim.token and lease.lease_until > holdfast.now();
    if found then
      return next claim.place;
    end if;
  end loop;
end
$$;
