-- Appends entries to the histories of executions, one per input row. Returns their numbers and time in input order; the entries of one execution
-- get consecutive numbers. On failure nothing is written: HF001 if an entry would not get its expected number, HF004 if the execution
-- does not exist, HF003 if it has ended.
-- Index: history_heads_pkey, executions_pkey. Locks: executions without entries, then history_heads, both in key order.
-- :many
with input as materialized (
  select given.execution_id collate "C" as execution_id, given.kind, given.payload, given.expected, given.position,
    row_number() over (partition by given.execution_id order by given.position) as place
  from unnest((select :executionIds::text[]), :kinds::text[], :payloads?::json[], :expected?::bigint[])
    with ordinality as given(execution_id, kind, payload, expected, position)
), amount as materialized (
  select counted.execution_id, counted.entries, present.execution_id is not null as has_head
  from (
    select input.execution_id, count(*) as entries from input group by input.execution_id
  ) as counted
  left join lateral (
    select head.execution_id
    from holdfast.history_heads as head
    where head.execution_id = counted.execution_id
    limit holdfast.at_most(1)
  ) as present on true
), known as materialized (
  -- Before the head is created: its foreign key would lock the execution after it. A session that has locked the execution and appends to
  -- it would then wait for us, and we for it.
  select execution.id, execution.status
  from amount
  join holdfast.executions as execution on execution.id = amount.execution_id
  where not amount.has_head
  order by execution.id
  for key share of execution
), head as (
  insert into holdfast.history_heads as head (execution_id, next, transaction)
  select amount.execution_id, amount.entries + 1, pg_current_xact_id()
  from amount
  where amount.has_head
    or amount.execution_id in (select known.id from known where holdfast.is_open(known.id, known.status))
    or holdfast.fail('HF004', format('executionId is %s, which does not exist: create the execution first', amount.execution_id),
      json_build_object('field', 'executionId', 'entity', 'execution', 'id', amount.execution_id))
  order by amount.execution_id
  on conflict (execution_id) do update set
    next = head.next + excluded.next - 1, transaction = greatest(head.transaction, excluded.transaction)
  where holdfast.is_open(head.execution_id, head.ended_as)
  returning head.execution_id, head.next, head.transaction
), numbered as materialized (
  select input.execution_id, head.next - amount.entries + input.place - 1 as number, head.transaction, input.kind, input.payload,
    input.expected, input.position
  from input
  join amount on amount.execution_id = input.execution_id
  join head on head.execution_id = input.execution_id
), written as (
  insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
  select numbered.execution_id, numbered.number, numbered.transaction, numbered.kind, holdfast.now(), numbered.payload
  from numbered
  where case
    when numbered.expected <> numbered.number then
      holdfast.fail('HF001', format('the next entry of execution %s has not the expected number', numbered.execution_id),
        json_build_object('reason', 'number', 'entity', 'history', 'executionId', numbered.execution_id, 'expected', numbered.expected,
          'actual', numbered.number))
    else true
  end
  -- The order of all entries preserves the order of an execution's numbers.
  order by numbered.position
)
select numbered.number as "number!", holdfast.now() as "recorded_at!"
from numbered
order by numbered.position
