-- An ended execution is frozen, with all its parts.

-- The end of an execution waits for all sessions that are adding to it or changing its parts. They hold its key, which only FOR UPDATE
-- conflicts with. Later sessions wait for the end, and then read the status. Appends lock only the head of the history, so they find the
-- end there. The end also removes the execution's lease, or its place in a queue.
create function holdfast.end_execution() returns trigger
  language plpgsql
  as $$
declare
  was_queued boolean;
begin
  if old.status >= 'succeeded' or new.status < 'succeeded' then
    perform holdfast.may_change_status('execution', new.id, old.status, new.status);
    return new;
  end if;
  perform from holdfast.executions as execution where execution.id = new.id for update;
  was_queued := holdfast.leave_queue(new.id, new.queue);
  if pg_catalog.current_setting('transaction_isolation') = 'read committed' then
    update holdfast.history_heads as head set ended_as = new.status where head.execution_id = new.id;
  else
    -- The snapshot may miss a newer head. Meeting that head then fails, and the transaction runs again.
    insert into holdfast.history_heads as head (execution_id, next, transaction, ended_as)
    values (new.id, 1, pg_catalog.pg_current_xact_id(), new.status)
    on conflict (execution_id) do update set ended_as = excluded.ended_as;
  end if;
  return new;
end
$$;

-- For ends, and for changes that may be refused. The condition is short, because each statement that fires a trigger parses it.
create trigger executions_status_change before update of status on holdfast.executions
  for each row when (new.status >= 'succeeded' or new.status < old.status)
  execute function holdfast.end_execution();

-- Refuses changes of an ended execution. Only labels and usage may change, and an expired idempotency key may be removed from it. Writing
-- the same values again is no change.
create function holdfast.keep_ended_execution() returns trigger
  language plpgsql
  as $$
begin
  if (new.strategy, new.definition_name, new.definition_version, new.parent_id, new.parent_task_id, new.created_at,
      new.started_at, new.finished_at, new.input::text, new.state::text, new.output::text, new.error::text)
    is distinct from (old.strategy, old.definition_name, old.definition_version, old.parent_id,
      old.parent_task_id, old.created_at, old.started_at, old.finished_at, old.input::text, old.state::text, old.output::text, old.error::text)
    or (new.idempotency_key, new.fingerprint) is distinct from (old.idempotency_key, old.fingerprint)
      and (old.idempotent_until <= holdfast.now()) is not true
  then
    perform holdfast.is_open(old.id, old.status);
  end if;
  return new;
end
$$;

create trigger executions_frozen before update on holdfast.executions
  for each row when (old.status >= 'succeeded')
  execute function holdfast.keep_ended_execution();

-- Holds executions open until the transaction ends, or fails with HF003 if one has ended. Returns the missing ones; null if there are
-- none.
create function holdfast.hold_executions(execution_ids text[]) returns text[]
  language plpgsql
  as $$
begin
  return (
    select array_agg(named.id) filter (where execution.id is null)
    from (select distinct given.id collate "C" as id from unnest((select execution_ids)) as given(id) order by 1) as named
    left join lateral (
      select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution on true
    where execution.id is null or holdfast.is_open(execution.id, execution.status)
  );
end
$$;

-- Holds the executions of tasks open until the transaction ends, or fails with HF003 if one has ended.
create function holdfast.hold_executions_of(task_ids text[]) returns void
  language plpgsql
  as $$
begin
  perform holdfast.hold_executions(array(
    select task.execution_id::text
    from unnest(task_ids) as given(id)
    cross join lateral (select stored.execution_id from holdfast.tasks as stored where stored.id = given.id limit 1) as task
  ));
end
$$;
