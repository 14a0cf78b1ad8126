// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../database/codec.ts";
import type { Status } from "../database/enums.generated.ts";
import { exec, many, type StatementFunction } from "../database/statement.ts";

/** The parameters of {@link forkExecutions}. */
export interface ForkExecutionsParameters {
  readonly sourceIds: readonly string[];
  readonly ids: readonly string[];
  readonly ats: readonly (number | null)[];
  readonly parentIds: readonly (string | null)[];
  readonly statuses: readonly Status[];
  readonly labels: readonly (JsonText | null)[];
  readonly inputs: readonly (JsonText | null)[];
  readonly states: readonly (JsonText | null)[];
}

/** A row of {@link forkExecutions}. */
export interface ForkExecutionsRow {
  readonly outcome: string;
  readonly at: number;
}

/**
 * Makes executions out of others, one a row of input, that share the first entries of their histories; answers in input order what
 * became of each, and at which number it was forked. Definition, strategy and, where none are given, labels and input are the
 * source's. Where the id is that of the same fork already, it is left as it is. Fails and writes nothing where the id is taken
 * otherwise (HF007), without the source, the parent or the entry (HF004), and where too many forks would lie behind each other (HF001).
 * Runs under the locks of lock_fork_keys and lock_fork_sources.
 * Index: executions_pkey, history_heads_pkey, history_forks_pkey, history_entries_pkey. Locks: its new rows, which are
 * inserted in id order; their order of creation is that of the input.
 */
export const forkExecutions: StatementFunction<ForkExecutionsParameters, readonly ForkExecutionsRow[]> = many({
  name: "fork/forkExecutions",
  prepared: true,
  parameters: ["sourceIds","ids","ats","parentIds","statuses","labels","inputs","states"],
  object: (row) => ({ outcome: row[0], at: row[1] }),
  elements: {"sourceIds":"text","ids":"text","ats":"int8","parentIds":"text","inputs":"json","states":"json"},
  text: `with input as materialized (
  select given.source_id collate "C" as source_id, given.id collate "C" as id, given.at, given.parent_id, given.status, given.labels,
    given.input, given.state, given.position, nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select $1::text[]), $2::text[], $3::bigint[], $4::text[], $5::holdfast.status[], $6::jsonb[],
      $7::json[], $8::json[])
    with ordinality as given(source_id, id, at, parent_id, status, labels, input, state, position)
), resolved as materialized (
  select input.source_id, input.id, coalesce(known.origin_number, input.at, newest.number, 0) as at, input.parent_id, input.status,
    coalesce(input.labels, source.labels) as labels, coalesce(input.input, source.input) as input, input.state, input.position, input.sequence,
    source.id is not null as has_source, source.strategy, source.definition_name, source.definition_version,
    coalesce(newest.number, 0) as last, coalesce(head.transaction, pg_current_xact_id()) as transaction,
    taken.version is not null as is_taken,
    known.origin_id = input.source_id and known.origin_number = coalesce(input.at, known.origin_number) as is_known,
    (select count(*) from holdfast.history_lineage(input.source_id)) as depth
  from input
  left join lateral (
    select stored.id, stored.strategy, stored.definition_name, stored.definition_version, stored.labels, stored.input
    from holdfast.executions as stored
    where stored.id = input.source_id
    limit 1
  ) as source on true
  left join lateral (
    select stored.transaction
    from holdfast.history_heads as stored
    where stored.execution_id = input.source_id
    limit 1
  ) as head on true
  left join lateral (
    select entry.number
    from holdfast.history_lineage(input.source_id) as part
    cross join lateral (
      select stored.number
      from holdfast.history_entries as stored
      where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
      order by stored.number desc
      limit 1
    ) as entry
    order by entry.number desc
    limit 1
  ) as newest on true
  left join lateral (
    select stored.version from holdfast.executions as stored where stored.id = input.id limit 1
  ) as taken on true
  left join lateral (
    select stored.origin_id, stored.origin_number
    from holdfast.history_forks as stored
    where stored.execution_id = input.id
    limit 1
  ) as known on true
), checked as materialized (
  select resolved.source_id, resolved.id, resolved.sequence, resolved.at, resolved.parent_id, resolved.status, resolved.labels, resolved.input,
    resolved.state, resolved.strategy, resolved.definition_name, resolved.definition_version, resolved.transaction
  from resolved
  where case
    when resolved.is_known then false
    when resolved.is_taken then
      holdfast.fail('HF007', format('execution %s exists: choose another id', resolved.id),
        json_build_object('entity', 'execution', 'id', resolved.id))
    when not resolved.has_source then
      holdfast.fail('HF004', format('execution %s does not exist: fork one that does', resolved.source_id),
        json_build_object('entity', 'execution', 'id', resolved.source_id))
    when resolved.at > resolved.last then
      holdfast.fail('HF004', format('execution %s has no entry %s: its last is %s', resolved.source_id, resolved.at, resolved.last),
        json_build_object('entity', 'history', 'field', 'at', 'executionId', resolved.source_id, 'expected', resolved.at,
          'actual', resolved.last))
    when resolved.depth > 100 then
      holdfast.fail('HF001', format('execution %s has 100 forks behind it, and may not be forked again: fork one of those',
        resolved.source_id), json_build_object('entity', 'execution', 'id', resolved.source_id, 'depth', 100))
    when resolved.parent_id is not null
      and (select parent.id from holdfast.executions as parent where parent.id = resolved.parent_id) is null
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', resolved.parent_id, resolved.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', resolved.parent_id))
    else true
  end
), written as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    created_at, updated_at, started_at, labels, input, state) overriding system value
  select checked.id, checked.sequence, 1, checked.status, checked.strategy, checked.definition_name, checked.definition_version, checked.parent_id,
    holdfast.now(), holdfast.now(), holdfast.started_at(null, checked.status), checked.labels, checked.input, checked.state
  from checked
  order by checked.id
), heads as (
  insert into holdfast.history_heads (execution_id, next, transaction)
  select checked.id, checked.at + 1, checked.transaction
  from checked
), forks as (
  insert into holdfast.history_forks (execution_id, source_id, shared, origin_id, origin_number)
  select checked.id, case when checked.at > 0 then checked.source_id end, checked.at, checked.source_id, checked.at
  from checked
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
 * Makes transactions that make forks of one id follow each other, so that the later finds the fork made.
 * Locks: an advisory transaction lock per id, in hash order.
 */
export const lockForkKeys: StatementFunction<LockForkKeysParameters, void> = exec({
  name: "fork/lockForkKeys",
  prepared: true,
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
 * Locks what is forked: the executions against their removal, then their histories against appends that are under way. In a
 * statement of its own, so that the next one sees what those have written. The heads are written, as they are, so that who removes
 * the execution above READ COMMITTED fails and tries again, rather than not see the fork.
 * Index: executions_pkey, history_heads_pkey. Locks: executions, then history_heads, both in id order.
 */
export const lockForkSources: StatementFunction<LockForkSourcesParameters, void> = exec({
  name: "fork/lockForkSources",
  prepared: true,
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
from (select head.id from head limit cardinality($1::text[])) as head
where stored.execution_id = head.id`,
});
