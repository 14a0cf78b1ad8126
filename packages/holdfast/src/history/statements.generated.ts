// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import { many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link appendEntries}. */
export interface AppendEntriesParameters {
  readonly executionIds: readonly string[];
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expected: readonly (number | null)[];
}

/** A row of {@link appendEntries}. */
export interface AppendEntriesRow {
  readonly number: number;
  readonly recordedAt: Date;
}

/**
 * Appends entries to the histories of executions, one per input row. Returns their numbers and time in input order; the entries of one execution
 * get consecutive numbers. On failure nothing is written: HF001 if an entry would not get its expected number, HF004 if the execution
 * does not exist, HF003 if it has ended.
 * Index: history_heads_pkey, executions_pkey. Locks: executions without entries, then history_heads, both in key order.
 */
export const appendEntries: StatementFunction<AppendEntriesParameters, readonly AppendEntriesRow[]> = many({
  name: "history/appendEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","kinds","payloads","expected"],
  object: (row) => ({ number: row[0], recordedAt: row[1] }),
  elements: {"executionIds":"text","kinds":"text","payloads":"json","expected":"int8"},
  text: `with input as materialized (
  select given.execution_id collate "C" as execution_id, given.kind, given.payload, given.expected, given.position,
    row_number() over (partition by given.execution_id order by given.position) as place
  from unnest((select $1::text[]), $2::text[], $3::json[], $4::bigint[])
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
  order by numbered.position
)
select numbered.number as "number!", holdfast.now() as "recorded_at!"
from numbered
order by numbered.position`,
});

/** The parameters of {@link appendEntry}. */
export interface AppendEntryParameters {
  readonly executionId: string;
  readonly expected: number;
  readonly kind: string;
  readonly payload: JsonText | null;
}

/** A row of {@link appendEntry}. */
export interface AppendEntryRow {
  readonly number: number;
  readonly recordedAt: Date;
}

/**
 * Appends one entry with an expected number to a history that has entries, as `append_to_one` does, in two thirds of the time. Returns no
 * row, and writes nothing, if the history is empty, the number does not match, or the execution has ended.
 * Index: history_heads_pkey. Locks: the history_heads.
 */
export const appendEntry: StatementFunction<AppendEntryParameters, AppendEntryRow | null> = maybe({
  name: "history/appendEntry",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","expected","kind","payload"],
  object: (row) => ({ number: row[0], recordedAt: row[1] }),
  elements: {},
  text: `with head as (
  update holdfast.history_heads as head set next = head.next + 1, transaction = greatest(head.transaction, pg_current_xact_id())
  where head.execution_id = $1::text and head.next = $2::bigint and head.ended_as is null
  returning head.next - 1 as number, head.transaction
)
insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
select $1::text, head.number, head.transaction, $3::text, holdfast.now(), $4::json
from head
returning number as "number!", recorded_at as "recorded_at!"`,
});

/** The parameters of {@link appendToOne}. */
export interface AppendToOneParameters {
  readonly executionId: string;
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expectedNumber: number | null;
}

/** A row of {@link appendToOne}. */
export interface AppendToOneRow {
  readonly first: number;
  readonly recordedAt: Date;
}

/**
 * Appends entries to the history of one execution, as `append_entries` does, in half the time: by holdfast.append_to.
 * Index: history_heads_pkey, executions_pkey. Locks: the execution, if it has no entry yet, then its history_heads.
 */
export const appendToOne: StatementFunction<AppendToOneParameters, AppendToOneRow> = one({
  name: "history/appendToOne",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","kinds","payloads","expectedNumber"],
  object: (row) => ({ first: row[0], recordedAt: row[1] }),
  elements: {"kinds":"text","payloads":"json"},
  text: `select appended.first as "first!", appended.recorded_at as "recorded_at!"
from holdfast.append_to($1::text, $2::text[], $3::json[], $4::bigint) as appended`,
});

/** The parameters of {@link countEntries}. */
export interface CountEntriesParameters {
  readonly executionId: string;
}

/** A row of {@link countEntries}. */
export interface CountEntriesRow {
  readonly count: number;
}

/**
 * Counts an execution's entries. Numbers have no gaps, so the next one gives the count.
 * Index: history_heads_pkey.
 */
export const countEntries: StatementFunction<CountEntriesParameters, CountEntriesRow | null> = maybe({
  name: "history/countEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `select next - 1 as "count!"
from holdfast.history_heads
where execution_id = $1`,
});

/** The parameters of {@link lastEntry}. */
export interface LastEntryParameters {
  readonly executionId: string;
}

/** A row of {@link lastEntry}. */
export interface LastEntryRow {
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/**
 * The newest entry of an execution. For a fork without its own entries, the last shared one.
 * Index: history_forks_pkey, history_entries_pkey.
 */
export const lastEntry: StatementFunction<LastEntryParameters, LastEntryRow | null> = maybe({
  name: "history/lastEntry",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId"],
  object: (row) => ({ number: row[0], position: row[1], kind: row[2], recordedAt: row[3], payload: row[4] }),
  elements: {},
  text: `select entry.number as "number!", entry.position as "position!", entry.kind as "kind!", entry.recorded_at as "recorded_at!",
  entry.payload as "payload?"
from holdfast.history_lineage($1) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
  order by stored.number desc
  limit 1
) as entry
order by entry.number desc
limit 1`,
});

/** The parameters of {@link nextUnsettledEntry}. */
export interface NextUnsettledEntryParameters {
  readonly transaction: string;
  readonly position: number;
}

/** A row of {@link nextUnsettledEntry}. */
export interface NextUnsettledEntryRow {
  readonly position: number;
}

/**
 * The position of the next entry after a place in the order of all. Running transactions may still hold it back.
 * Index: history_entries_order.
 */
export const nextUnsettledEntry: StatementFunction<NextUnsettledEntryParameters, NextUnsettledEntryRow | null> = maybe({
  name: "history/nextUnsettledEntry",
  prepared: true,
  readsOnly: true,
  parameters: ["transaction","position"],
  object: (row) => ({ position: row[0] }),
  elements: {},
  text: `select position
from holdfast.history_entries
where (transaction, position) > ($1::text::xid8, $2::bigint)
order by transaction, position
limit 1`,
});

/** The parameters of {@link readAllEntries}. */
export interface ReadAllEntriesParameters {
  readonly afterTransaction: string;
  readonly afterPosition: number;
  readonly limit: number;
}

/** A row of {@link readAllEntries}. */
export interface ReadAllEntriesRow {
  readonly executionId: string;
  readonly number: number;
  readonly position: number;
  readonly transaction: string;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/**
 * The entries of all executions after a place in their order, limited to those older than every running transaction. So none is ever
 * committed before one that was returned. A shared entry appears once, under its owner.
 * Index: history_entries_order.
 */
export const readAllEntries: InBothOrders<ReadAllEntriesParameters, readonly ReadAllEntriesRow[]> = {
  asc: many({
  name: "history/readAllEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["afterTransaction","afterPosition","limit"],
  object: (row) => ({ executionId: row[0], number: row[1], position: row[2], transaction: row[3], kind: row[4], recordedAt: row[5], payload: row[6] }),
  elements: {},
  text: `select execution_id, number, position, transaction::text as "transaction!", kind, recorded_at, payload
from holdfast.history_entries
where (transaction, position) > ($1::text::xid8, $2::bigint)
  and transaction < pg_snapshot_xmin(pg_current_snapshot())
order by transaction, position
limit $3`,
}),
  desc: many({
  name: "history/readAllEntries desc",
  prepared: true,
  readsOnly: true,
  parameters: ["afterTransaction","afterPosition","limit"],
  object: (row) => ({ executionId: row[0], number: row[1], position: row[2], transaction: row[3], kind: row[4], recordedAt: row[5], payload: row[6] }),
  elements: {},
  text: `select execution_id, number, position, transaction::text as "transaction!", kind, recorded_at, payload
from holdfast.history_entries
where (transaction, position) < ($1::text::xid8, $2::bigint)
  and transaction < pg_snapshot_xmin(pg_current_snapshot())
order by transaction desc, position desc
limit $3`,
}),
};

/** The parameters of {@link readEntries}. */
export interface ReadEntriesParameters {
  readonly executionId: string;
  readonly from: number;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link readEntries}. */
export interface ReadEntriesRow {
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/**
 * The entries of an execution by number, from a given one on and after another; for a fork, including shared ones.
 * Index: history_forks_pkey, history_entries_pkey.
 */
export const readEntries: InBothOrders<ReadEntriesParameters, readonly ReadEntriesRow[]> = {
  asc: many({
  name: "history/readEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","from","after","limit"],
  object: (row) => ({ number: row[0], position: row[1], kind: row[2], recordedAt: row[3], payload: row[4] }),
  elements: {},
  text: `select entry.number as "number!", entry.position as "position!", entry.kind as "kind!", entry.recorded_at as "recorded_at!",
  entry.payload as "payload?"
from holdfast.history_lineage($1) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number >= greatest(part.above + 1, $2)
    and stored.number <= part.through and stored.number > $3
  order by stored.number
  limit $4
) as entry
order by entry.number
limit $4`,
}),
  desc: many({
  name: "history/readEntries desc",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","from","after","limit"],
  object: (row) => ({ number: row[0], position: row[1], kind: row[2], recordedAt: row[3], payload: row[4] }),
  elements: {},
  text: `select entry.number as "number!", entry.position as "position!", entry.kind as "kind!", entry.recorded_at as "recorded_at!",
  entry.payload as "payload?"
from holdfast.history_lineage($1) as part
cross join lateral (
  select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
  from holdfast.history_entries as stored
  where stored.execution_id = part.owner_id and stored.number >= greatest(part.above + 1, $2)
    and stored.number <= part.through and stored.number < $3
  order by stored.number desc
  limit $4
) as entry
order by entry.number desc
limit $4`,
}),
};

/** The parameters of {@link readOwnEntries}. */
export interface ReadOwnEntriesParameters {
  readonly executionId: string;
  readonly from: number;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link readOwnEntries}. */
export interface ReadOwnEntriesRow {
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/**
 * The entries of an execution by number, from a given one on and after another; for a fork, without shared ones.
 * Index: history_entries_pkey.
 */
export const readOwnEntries: InBothOrders<ReadOwnEntriesParameters, readonly ReadOwnEntriesRow[]> = {
  asc: many({
  name: "history/readOwnEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","from","after","limit"],
  object: (row) => ({ number: row[0], position: row[1], kind: row[2], recordedAt: row[3], payload: row[4] }),
  elements: {},
  text: `select number, position, kind, recorded_at, payload
from holdfast.history_entries
where execution_id = $1 and number >= $2 and number > $3
order by number
limit $4`,
}),
  desc: many({
  name: "history/readOwnEntries desc",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","from","after","limit"],
  object: (row) => ({ number: row[0], position: row[1], kind: row[2], recordedAt: row[3], payload: row[4] }),
  elements: {},
  text: `select number, position, kind, recorded_at, payload
from holdfast.history_entries
where execution_id = $1 and number >= $2 and number < $3
order by number desc
limit $4`,
}),
};
