-- How an execution is forked.

-- The fork point of an execution, and what the fork takes over. `is_known` says that the same fork exists already. Fails with HF007 if
-- another execution has the id, with HF004 without the source, the entry or the parent, and with HF001 above a depth of 100 forks. Locks
-- the parent, shared.
create function holdfast.fork_point(source text, fork text, wanted bigint, parent text,
    out is_known boolean, out at bigint, out strategy holdfast.strategy, out definition_name text, out definition_version integer,
    out labels jsonb, out input json, out transaction xid8)
  language plpgsql
  -- The plans outlive the time when the tables were empty.
  set enable_seqscan = off
  as $$
declare
  last bigint;
  depth bigint;
begin
  select stored.origin_number into at
    from holdfast.history_forks as stored
    where stored.execution_id = fork and stored.origin_id = source and stored.origin_number = coalesce(wanted, stored.origin_number);
  is_known := found;
  if is_known then
    return;
  end if;
  perform from holdfast.executions as stored where stored.id = fork;
  if found then
    perform holdfast.fail('HF007', pg_catalog.format('execution %s exists: choose another id', fork),
      pg_catalog.json_build_object('entity', 'execution', 'id', fork));
  end if;
  select stored.strategy, stored.definition_name, stored.definition_version, stored.labels, stored.input,
      coalesce(head.transaction, pg_catalog.pg_current_xact_id())
    into strategy, definition_name, definition_version, labels, input, transaction
    from holdfast.executions as stored
    left join lateral (
      select known.transaction from holdfast.history_heads as known where known.execution_id = stored.id limit 1
    ) as head on true
    where stored.id = source;
  if not found then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: fork one that does', source),
      pg_catalog.json_build_object('entity', 'execution', 'id', source));
  end if;
  -- Reads the newest entry instead of the next number: retention removes the newest entries first, and leaves that number.
  select coalesce(max(newest.number), 0), count(*) into last, depth
    from holdfast.history_lineage(source) as part
    left join lateral (
      select stored.number
      from holdfast.history_entries as stored
      where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
      order by stored.number desc
      limit 1
    ) as newest on true;
  at := coalesce(wanted, last);
  if at > last then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s has no entry %s: its last is %s', source, at, last),
      pg_catalog.json_build_object('entity', 'history', 'field', 'at', 'executionId', source, 'expected', at, 'actual', last));
  elsif depth > 100 then
    perform holdfast.fail('HF001',
      pg_catalog.format('execution %s has 100 forks behind it, and may not be forked again: fork one of those', source),
      pg_catalog.json_build_object('reason', 'rule', 'entity', 'execution', 'id', source, 'depth', 100));
  elsif parent is not null then
    perform holdfast.hold_parent(parent, fork);
  end if;
end
$$;
