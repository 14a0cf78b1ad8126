-- An ended execution is frozen, with all that belongs to it.

-- The end of an execution waits for everybody who is adding to it or changing what belongs to it: they hold its key, which only
-- FOR UPDATE conflicts with. Who comes later waits for the end, and then reads the status. Appends lock the head of the history
-- only, so that is where they find the end.
create function holdfast.end_execution() returns trigger
  language plpgsql
  as $$
begin
  perform from holdfast.executions as execution where execution.id = new.id for update;
  if pg_catalog.current_setting('transaction_isolation') = 'read committed' then
    update holdfast.history_heads as head set ended_as = new.status where head.execution_id = new.id;
  else
    -- A head that is newer than the snapshot is not seen there; to meet it fails, and the transaction is run again.
    insert into holdfast.history_heads as head (execution_id, next, transaction, ended_as)
    values (new.id, 1, pg_catalog.pg_current_xact_id(), new.status)
    on conflict (execution_id) do update set ended_as = excluded.ended_as;
  end if;
  return new;
end
$$;

create trigger executions_end before update of status on holdfast.executions
  for each row when (holdfast.is_terminal(new.status) and not holdfast.is_terminal(old.status))
  execute function holdfast.end_execution();

-- Of an ended execution only labels and usage change, and its lease is given back. What is written again as it is stays.
create function holdfast.keep_ended_execution() returns trigger
  language plpgsql
  as $$
begin
  if (new.strategy, new.definition_name, new.definition_version, new.parent_id, new.idempotency_key, new.fingerprint, new.created_at,
      new.started_at, new.finished_at, new.input::text, new.state::text, new.output::text, new.error::text, new.token)
    is distinct from (old.strategy, old.definition_name, old.definition_version, old.parent_id, old.idempotency_key, old.fingerprint,
      old.created_at, old.started_at, old.finished_at, old.input::text, old.state::text, old.output::text, old.error::text, old.token)
    or new.lease_until is not null and new.lease_until is distinct from old.lease_until
  then
    perform holdfast.is_open(old.id, old.status);
  end if;
  return new;
end
$$;

create trigger executions_frozen before update on holdfast.executions
  for each row when (holdfast.is_terminal(old.status))
  execute function holdfast.keep_ended_execution();

-- Holds the executions of tasks open until the transaction ends, or fails with HF003 where one has ended.
create function holdfast.hold_executions_of(task_ids text[]) returns void
  language plpgsql
  as $$
begin
  perform from (
      select distinct task.execution_id as id
      from unnest(task_ids) as given(id)
      cross join lateral (select stored.execution_id from holdfast.tasks as stored where stored.id = given.id limit 1) as task
      order by 1
    ) as named
    cross join lateral (
      select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution
    where holdfast.is_open(execution.id, execution.status);
end
$$;
