-- The words that every later migration uses: the clock, the id domain, the statuses, and how a rule of the schema fails.
-- The schema itself and its ledger are made by the migration runner.

-- The database's clock, and the only one that decides anything. STABLE, so that indexes serve comparisons with it, and
-- inlined by the planner. Tests replace its body to move time.
create function holdfast.now() returns timestamptz
  language sql stable parallel safe
  as 'select pg_catalog.statement_timestamp()';

create domain holdfast.id as text collate "C"
  check (pg_catalog.octet_length(value) between 1 and 255);

-- A domain, for a check of the table is parsed by each statement that writes it.
create domain holdfast.attempt as integer check (value > 0);

-- The final ones come last, from succeeded on. Conditions of triggers compare with that: each statement that fires one would parse the
-- body of is_terminal, which takes as long as two look-ups.
create type holdfast.status as enum (
  'pending', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'timed_out', 'canceled'
);

-- How the statuses of children become the status of their parent.
create type holdfast.strategy as enum ('wait_all', 'fail_fast', 'best_effort', 'race');

create function holdfast.is_terminal(status holdfast.status) returns boolean
  language sql immutable parallel safe
  as 'select status in (''succeeded'', ''failed'', ''timed_out'', ''canceled'')';

-- Fails the statement with one of Holdfast's own SQLSTATEs (class HF); the facts travel in DETAIL as JSON. Returns boolean
-- so that it can stand in a CASE.
create function holdfast.fail(code text, message text, facts json) returns boolean
  language plpgsql volatile
  as $$
begin
  raise exception using errcode = code, message = message, detail = facts::text;
end
$$;

-- A limit that cuts nothing, because there are at most `amount` rows. It steers the planner, which expects few rows under a limit that it
-- does not know. So it looks each row up by an index, even in a plan that was made while the table was empty and that would read the whole
-- table otherwise. Inlined.
create function holdfast.at_most(amount bigint) returns bigint
  language sql immutable parallel safe
  as 'select amount';

-- A number of 64 bits that is the caller's own, as a fact: a number of JSON would be rounded.
create function holdfast.exact(number bigint) returns json
  language sql immutable strict parallel safe
  as 'select pg_catalog.json_build_object(''bigint'', number::text)';

-- Whether something may still be added to an execution, or changed in it, which has this status; fails with HF003 once it has ended.
-- Inlined, so that it costs nothing where it is used.
create function holdfast.is_open(execution_id text, status holdfast.status) returns boolean
  language sql volatile
  as $$
  select case
    when holdfast.is_terminal(status) then
      holdfast.fail('HF003', pg_catalog.format('execution %s has ended (%s) and does not change any more: fork it, or start another',
        execution_id, status), pg_catalog.json_build_object('reason', 'ended', 'entity', 'execution', 'id', execution_id, 'status', status))
    else true
  end
$$;

-- Where every claim takes its token: no token is ever given twice, so that the holder of a row that was removed holds nothing
-- of a later row of the same id.
create sequence holdfast.tokens increment by 2;

-- The one fence of every claim: the row's token is still the caller's, and the lease has not run out.
create function holdfast.holds(row_token bigint, lease_until timestamptz, token bigint) returns boolean
  language sql stable parallel safe
  as 'select row_token = token and lease_until > holdfast.now()';

-- Refuses a change of status. Triggers call it for those that break the rules, which hold whatever the client: a terminal status is
-- final, and nothing returns to pending.
create function holdfast.refuse_status_change() returns trigger
  language plpgsql
  as $$
begin
  perform holdfast.fail('HF003', pg_catalog.format('a status cannot change from %s to %s', old.status, new.status),
    pg_catalog.json_build_object('entity', tg_argv[0], 'id', new.id, 'expected', new.status, 'actual', old.status));
  return null;
end
$$;

-- Makes transactions that name a common key follow each other. A plan calls it in a statement of its own, so that the next
-- statement's snapshot is taken after the lock was granted. Keys are locked in hash order, so that callers never deadlock.
--
-- Each key takes a place in the lock table that all sessions of the server share, so more than 1,000 of them are locked by
-- their kind as a whole, which everybody else shares.
create function holdfast.lock_keys(kind text, keys text[]) returns void
  language sql volatile
  as $$
  select case
    when pg_catalog.cardinality(keys) > 1000
    then pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(kind, 0))
    else pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended(kind, 0))
  end;
  select pg_catalog.pg_advisory_xact_lock(hash)
  from (
    select distinct pg_catalog.hashtextextended(kind || ':' || key, 0) as hash
    from pg_catalog.unnest(keys) as input(key)
    where pg_catalog.cardinality(keys) <= 1000
    order by 1
  ) as ordered
$$;
