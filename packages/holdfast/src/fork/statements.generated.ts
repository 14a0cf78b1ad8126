// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { Status } from "../core/enums.generated.ts";
import { exec, many, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link forkExecutions}. */
export interface ForkExecutionsParameters {
  readonly sourceIds: readonly string[];
  readonly ids: readonly string[];
  readonly ats: readonly (number | null)[];
  readonly parentIds: readonly (string | null)[];
  readonly parentTaskIds: readonly (string | null)[];
  readonly statuses: readonly Status[];
  readonly labels: readonly (JsonText | null)[];
  readonly inputs: readonly (JsonText | null)[];
  readonly states: readonly (JsonText | null)[];
  readonly traceContexts: readonly (string | null)[];
}

/** A row of {@link forkExecutions}. */
export interface ForkExecutionsRow {
  readonly outcome: string;
  readonly at: number;
}

/**
 * Creates forks, one per input row: executions that share the first entries of another one's history. Returns in input order each outcome
 * and the number of the last shared entry. Definition and strategy are the source's, and so are labels and input if none are given. An
 * existing fork stays as it is. If holdfast.fork_point fails, nothing is written. Runs under the locks of lock_fork_keys and
 * lock_fork_sources.
 * Index: executions_pkey, history_heads_pkey, history_forks_pkey, history_entries_pkey. Locks: parents, shared, in id order; then its new
 * rows, which are inserted in id order. They are created in input order.
 */
export const forkExecutions: StatementFunction<ForkExecutionsParameters, readonly ForkExecutionsRow[]> = many({
  name: "fork/forkExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["sourceIds","ids","ats","parentIds","parentTaskIds","statuses","labels","inputs","states","traceContexts"],
  object: (row) => ({ outcome: row[0], at: row[1] }),
  elements: {"sourceIds":"text","ids":"text","ats":"int8","parentIds":"text","parentTaskIds":"text","inputs":"json","states":"json","traceContexts":"text"},
  text: `with input as materialized (
  select given.source_id collate "C" as source_id, given.id collate "C" as id, given.at, given.parent_id, given.parent_task_id, given.status, given.labels,
    given.input, given.state, given.trace_context, given.position, nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select $1::text[]), $2::text[], $3::bigint[], $4::text[], $5::text[],
      $6::holdfast.status[], $7::jsonb[], $8::json[], $9::json[], $10::text[])
    with ordinality as given(source_id, id, at, parent_id, parent_task_id, status, labels, input, state, trace_context, position)
), resolved as materialized (
  select input.position, input.source_id, input.id, input.sequence, input.parent_id, input.parent_task_id, input.status, input.state,
    input.trace_context, point.is_known, point.at, point.strategy, point.definition_name, point.definition_version, coalesce(input.labels, point.labels) as labels,
    coalesce(input.input, point.input) as input, point.transaction
  from (
    select each.position, each.source_id, each.id, each.sequence, each.at, each.parent_id, each.parent_task_id, each.status, each.labels, each.input,
      each.state, each.trace_context
    from input as each
    order by each.parent_id collate "C", each.id
  ) as input
  cross join lateral holdfast.fork_point(input.source_id, input.id, input.at, input.parent_id) as point
), made as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    parent_task_id, created_at, updated_at, started_at, labels, input, state, trace_context) overriding system value
  select resolved.id, resolved.sequence, 1, resolved.status, resolved.strategy, resolved.definition_name, resolved.definition_version,
    resolved.parent_id, resolved.parent_task_id, holdfast.now(), holdfast.now(), holdfast.started_at(null, resolved.status), resolved.labels, resolved.input,
    resolved.state, resolved.trace_context
  from resolved
  where not resolved.is_known
  order by resolved.id
), headed as (
  insert into holdfast.history_heads (execution_id, next, transaction)
  select resolved.id, resolved.at + 1, resolved.transaction
  from resolved
  where not resolved.is_known
), forked as (
  insert into holdfast.history_forks (execution_id, source_id, shared, origin_id, origin_number)
  select resolved.id, case when resolved.at > 0 then resolved.source_id end, resolved.at, resolved.source_id, resolved.at
  from resolved
  where not resolved.is_known
)
select case when resolved.is_known then 'replayed' else 'created' end as "outcome!", resolved.at as "at!"
from resolved
order by resolved.position`,
});

/** The parameters of {@link lockForkKeys}. */
export interface LockForkKeysParameters {
  readonly ids: readonly string[];
}

/**
 * Serializes transactions that create forks of one id, so that the later finds the earlier one's fork.
 * Locks: an advisory transaction lock per id, in hash order.
 */
export const lockForkKeys: StatementFunction<LockForkKeysParameters, void> = exec({
  name: "fork/lockForkKeys",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `select holdfast.lock_keys('fork', $1::text[])`,
});

/** The parameters of {@link lockForkSources}. */
export interface LockForkSourcesParameters {
  readonly sourceIds: readonly string[];
}

/**
 * Locks the sources of forks: the executions against removal, then their histories against concurrent appends. This is a separate
 * statement, so that the next one sees what those have written. The heads are written unchanged. So a session that removes the execution
 * above READ COMMITTED fails and retries, instead of missing the fork.
 * Index: executions_pkey, history_heads_pkey. Locks: executions, then history_heads, both in id order.
 */
export const lockForkSources: StatementFunction<LockForkSourcesParameters, void> = exec({
  name: "fork/lockForkSources",
  prepared: true,
  readsOnly: false,
  parameters: ["sourceIds"],
  object: () => ({}),
  elements: {"sourceIds":"text"},
  text: `with input as materialized (
  select distinct given.id collate "C" as id from unnest((select $1::text[])) as given(id)
), source as materialized (
  select input.id, execution.version
  from (select ordered.id from input as ordered order by ordered.id) as input
  cross join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id for key share
  ) as execution
), head as materialized (
  select source.id, locked.next
  from (select ordered.id from source as ordered order by ordered.id) as source
  cross join lateral (
    select stored.next from holdfast.history_heads as stored where stored.execution_id = source.id for no key update
  ) as locked
)
update holdfast.history_heads as stored set next = stored.next
from (select head.id from head limit holdfast.at_most(cardinality($1::text[]))) as head
where stored.execution_id = head.id`,
});
