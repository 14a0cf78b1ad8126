-- Appends entries to the history of one execution, as `append_entries` does, in half the time. Returns their time, and the number of the
-- first, which `expected` refers to as well. Fails with HF003 if the execution has ended.
-- Index: history_heads_pkey, executions_pkey. Locks: the execution, if it has no entry yet, then its history_heads.
-- :one
with known as materialized (
  -- Before the head is created: its foreign key would lock the execution after it. A session that has locked the execution and appends to
  -- it would then wait for us, and we for it.
  select execution.id, execution.status
  from holdfast.executions as execution
  where execution.id = :executionId::text
    and not exists (select from holdfast.history_heads as head where head.execution_id = :executionId::text)
  for key share
), head as (
  insert into holdfast.history_heads as head (execution_id, next, transaction)
  select :executionId::text, cardinality(:kinds::text[]) + 1, pg_current_xact_id()
  where (select count(*) from known where holdfast.is_open(known.id, known.status)) = 1
    or exists (select from holdfast.history_heads as present where present.execution_id = :executionId::text)
    or holdfast.fail('HF004', format('executionId is %s, which does not exist: create the execution first', :executionId::text),
      json_build_object('field', 'executionId', 'entity', 'execution', 'id', :executionId::text))
  on conflict (execution_id) do update set
    next = head.next + excluded.next - 1, transaction = greatest(head.transaction, excluded.transaction)
  where holdfast.is_open(head.execution_id, head.ended_as)
  returning head.next - cardinality(:kinds::text[]) as first, head.transaction
), numbered as materialized (
  select head.first, head.transaction
  from head
  where case
    when :expected?::bigint <> head.first then
      holdfast.fail('HF001', format('the next entry of execution %s has not the expected number', :executionId::text),
        json_build_object('reason', 'number', 'entity', 'history', 'executionId', :executionId::text, 'expected', :expected?, 'actual', head.first))
    else true
  end
), written as (
  insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
  select :executionId::text, numbered.first + given.position - 1, numbered.transaction, given.kind, holdfast.now(), given.payload
  from numbered
  cross join unnest((select :kinds::text[]), :payloads?::json[]) with ordinality as given(kind, payload, position)
  -- The order of all entries preserves the order of an execution's numbers.
  order by given.position
)
select numbered.first as "first!", holdfast.now() as "recorded_at!" from numbered
