-- The vocabulary of all later migrations: the clock, the id domain, the statuses, and how a rule of the schema fails. The migration
-- runner creates the schema itself and its ledger.

-- The database's clock, the only one that decides anything. STABLE, so that indexes serve comparisons with it, and inlined by the
-- planner. Tests replace its body to move time.
create function holdfast.now() returns timestamptz
  language sql stable parallel safe
  as 'select pg_catalog.statement_timestamp()';

-- Names that Holdfast itself may give, which are part of many indexes: ids, names of queues and definitions.
create domain holdfast.id as text collate "C"
  check (pg_catalog.octet_length(value) between 1 and 255);

-- Names that engines bring. Two of them and an id fit into one index entry, which has at most 2,704 bytes.
create domain holdfast.key as text collate "C"
  check (pg_catalog.octet_length(value) between 1 and 1024);

-- A domain, because each statement that writes a table parses the table's checks.
create domain holdfast.positive as integer check (value > 0);

-- The final ones come last, from succeeded on. Trigger conditions compare with that: each statement that fires a trigger would parse the
-- body of is_terminal, which takes as long as two look-ups.
create type holdfast.status as enum (
  'pending', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'timed_out', 'canceled'
);

-- How the statuses of children become the status of their parent.
create type holdfast.strategy as enum ('wait_all', 'fail_fast', 'best_effort', 'race');

create function holdfast.is_terminal(status holdfast.status) returns boolean
  language sql immutable parallel safe
  as 'select status in (''succeeded'', ''failed'', ''timed_out'', ''canceled'')';

-- Fails the statement with one of Holdfast's own SQLSTATEs (class HF). The facts travel in DETAIL as JSON. Returns boolean, so that it
-- can be used in a CASE.
create function holdfast.fail(code text, message text, facts json) returns boolean
  language plpgsql volatile
  as $$
begin
  raise exception using errcode = code, message = message, detail = facts::text;
end
$$;

-- A limit that cuts nothing off, because there are at most `amount` rows. It steers the planner, which expects few rows under a limit
-- that it does not know. So it looks each row up by an index. Otherwise a plan from when the table was empty would read the whole table.
-- Inlined.
create function holdfast.at_most(amount bigint) returns bigint
  language sql immutable parallel safe
  as 'select amount';

-- The caller's own 64-bit number, as a fact: a JSON number would be rounded.
create function holdfast.exact(number bigint) returns json
  language sql immutable strict parallel safe
  as 'select pg_catalog.json_build_object(''bigint'', number::text)';

-- Whether an execution with this status may still be changed or added to. Fails with HF003 once it has ended. Inlined, so that it costs
-- nothing.
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

-- Fails with HF006 if something belongs to another execution than the one whose step names it in `field`. Rows that belong to none, or do
-- not exist, may be named by any.
create function holdfast.is_within(execution text, owner text, entity text, id text, field text) returns boolean
  language sql volatile
  as $$
  select case
    when owner <> execution then
      holdfast.fail('HF006', pg_catalog.format('%s %s belongs to another execution than %s', entity, id, execution),
        pg_catalog.json_build_object('field', field, 'entity', entity, 'id', id))
    else true
  end
$$;

-- The source of every claim's token. No token is ever reused, so the holder of a removed row holds nothing of a later row with the same
-- id.
create sequence holdfast.tokens increment by 2;

-- The one fence of every claim: the row's token is still the caller's, and the lease has not expired.
create function holdfast.holds(row_token bigint, lease_until timestamptz, token bigint) returns boolean
  language sql stable parallel safe
  as 'select row_token = token and lease_until > holdfast.now()';

-- Whether a status may change so, whatever the client: a terminal status is final, and nothing returns to pending. Fails with HF003 if it
-- may not.
create function holdfast.may_change_status(entity text, id text, before holdfast.status, after holdfast.status) returns boolean
  language sql volatile
  as $$
  select case
    when before <> after and (before >= 'succeeded' or after = 'pending') then
      holdfast.fail('HF003', pg_catalog.format('a status cannot change from %s to %s', before, after),
        pg_catalog.json_build_object('entity', entity, 'id', id, 'expected', after, 'actual', before))
    else true
  end
$$;

-- Refuses a row that breaks a rule between columns, as a check would. Triggers call it: PostgreSQL parses a check again for each statement
-- that writes the table, even for updates that leave those columns alone.
create function holdfast.refuse_row(in_table text, rule text, id text) returns void
  language plpgsql volatile
  as $$
begin
  raise exception using errcode = 'check_violation', table = in_table, constraint = rule,
    message = pg_catalog.format('row %s of %s breaks the rule %s', id, in_table, rule);
end
$$;

-- Serializes transactions that name a common key. A plan calls it in a separate statement, so that the next statement's snapshot is taken
-- after the lock was granted. Keys are locked in hash order, so that callers never deadlock.
--
-- Each key takes an entry in the lock table that all sessions of the server share. So more than 1,000 keys are locked as a whole kind, by
-- a lock that all other callers share.
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
