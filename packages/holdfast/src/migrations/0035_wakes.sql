-- Calls that wake executions.

-- Calls that came while their executions were not parked. Each ends the next park at once, so a call between an engine's last check and
-- its park is not lost.
create table holdfast.wakes (
  execution_id text collate "C" primary key,
  payload json,
  trace_context text collate "C"
);

-- Wakes a parked execution, or records that its next park ends at once. An execution in no queue, or one that has ended, cannot be woken.
-- Returns whether it could be, and its queue if it is claimable now.
-- Index: executions_pkey, parks_pkey, scheduled_pkey, wakes_pkey. Locks: the execution, so that it cannot park meanwhile; then those of
-- holdfast.wake.
create function holdfast.wake_execution(execution text, with_payload json, with_trace text, out is_woken boolean, out queue text)
  language plpgsql volatile
  as $$
begin
  perform from holdfast.executions as stored
    where stored.id = execution and stored.queue is not null and stored.finished_at is null
    for no key update;
  is_woken := found;
  if not is_woken then
    return;
  end if;
  -- A woken execution keeps its reason until the next park, also while it waits for another attempt.
  if exists (select from holdfast.parks as park where park.execution_id = execution and park.woken_by is null) and exists (
    select from holdfast.scheduled as work where work.id = execution and work.kind = 'execution' and work.attempts = 0
  ) then
    queue := holdfast.wake(execution, 'call', null, null, with_payload, with_trace);
  end if;
  if queue is null then
    insert into holdfast.wakes (execution_id, payload, trace_context) values (execution, with_payload, with_trace)
      on conflict (execution_id) do update set payload = excluded.payload, trace_context = excluded.trace_context;
  end if;
end
$$;
