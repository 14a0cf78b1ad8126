// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import { many, maybe, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link getState}. */
export interface GetStateParameters {
  readonly executionId: string;
  readonly component: string;
}

/** A row of {@link getState}. */
export interface GetStateRow {
  readonly executionId: string;
  readonly component: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: JsonText;
}

/**
 * The state of one component of one execution.
 * Index: component_states_pkey.
 */
export const getState: StatementFunction<GetStateParameters, GetStateRow | null> = maybe({
  name: "components/getState",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","component"],
  object: (row) => ({ executionId: row[0], component: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], state: row[5] }),
  elements: {},
  text: `select execution_id, component, version, created_at, updated_at, state
from holdfast.component_states
where execution_id = $1 and component = $2`,
});

/** The parameters of {@link listStates}. */
export interface ListStatesParameters {
  readonly executionId: string;
  readonly after: string;
  readonly limit: number;
}

/** A row of {@link listStates}. */
export interface ListStatesRow {
  readonly executionId: string;
  readonly component: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: JsonText;
}

/**
 * The component states of an execution by component name, after a given one.
 * Index: component_states_pkey.
 */
export const listStates: InBothOrders<ListStatesParameters, readonly ListStatesRow[]> = {
  asc: many({
  name: "components/listStates",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","after","limit"],
  object: (row) => ({ executionId: row[0], component: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], state: row[5] }),
  elements: {},
  text: `select execution_id, component, version, created_at, updated_at, state
from holdfast.component_states
where execution_id = $1 and component > $2
order by component
limit $3`,
}),
  desc: many({
  name: "components/listStates desc",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","after","limit"],
  object: (row) => ({ executionId: row[0], component: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], state: row[5] }),
  elements: {},
  text: `select execution_id, component, version, created_at, updated_at, state
from holdfast.component_states
where execution_id = $1 and component < $2
order by component desc
limit $3`,
}),
};

/** The parameters of {@link removeStates}. */
export interface RemoveStatesParameters {
  readonly executionIds: readonly string[];
  readonly components: readonly string[];
}

/** A row of {@link removeStates}. */
export interface RemoveStatesRow {
  readonly removed: boolean;
}

/**
 * Removes component states, and returns in input order whether each existed. Fails with HF003 if the execution has ended.
 * Index: component_states_pkey, executions_pkey. Locks: the executions, shared, then component_states, both in key order.
 */
export const removeStates: StatementFunction<RemoveStatesParameters, readonly RemoveStatesRow[]> = many({
  name: "components/removeStates",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","components"],
  object: (row) => ({ removed: row[0] }),
  elements: {"executionIds":"text","components":"text"},
  text: `with input as materialized (
  select given.execution_id, given.component, given.position
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(execution_id, component, position)
), owner as materialized (
  select execution.id, execution.status
  from (select distinct input.execution_id collate "C" as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), locked as materialized (
  select stored.execution_id, stored.component
  from input
  join holdfast.component_states as stored
    on stored.execution_id = input.execution_id and stored.component = input.component
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by stored.execution_id, stored.component
  for update of stored
), removed as (
  delete from holdfast.component_states as stored
  using locked
  where stored.execution_id = locked.execution_id and stored.component = locked.component
  returning stored.execution_id, stored.component
)
select removed.component is not null as "removed!"
from input
left join removed on removed.execution_id = input.execution_id and removed.component = input.component
order by input.position`,
});

/** The parameters of {@link saveStates}. */
export interface SaveStatesParameters {
  readonly executionIds: readonly string[];
  readonly components: readonly string[];
  readonly states: readonly JsonText[];
  readonly expected: readonly (number | null)[];
}

/** A row of {@link saveStates}. */
export interface SaveStatesRow {
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * Writes the states of components, one per input row, and answers in input order. A new row has version 1; each write adds one. Fails
 * with HF003 if the execution has ended. At another version than expected (0: no row yet), fails with HF001 and writes nothing. The
 * version is compared after the write, whose lock has decided who came first.
 * Index: component_states_pkey, executions_pkey. Locks: the executions, shared, then component_states, both in key order.
 */
export const saveStates: StatementFunction<SaveStatesParameters, readonly SaveStatesRow[]> = many({
  name: "components/saveStates",
  prepared: true,
  readsOnly: false,
  parameters: ["executionIds","components","states","expected"],
  object: (row) => ({ version: row[0], createdAt: row[1], updatedAt: row[2] }),
  elements: {"executionIds":"text","components":"text","states":"json","expected":"int8"},
  text: `with input as materialized (
  select given.execution_id, given.component, given.state, given.expected, given.position
  from unnest((select $1::text[]), $2::text[], $3::json[], $4::bigint[])
    with ordinality as given(execution_id, component, state, expected, position)
), owner as materialized (
  select execution.id, execution.status
  from (select distinct input.execution_id collate "C" as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), written as (
  insert into holdfast.component_states as stored (execution_id, component, version, created_at, updated_at, state)
  select input.execution_id, input.component, 1, holdfast.now(), holdfast.now(), input.state
  from input
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by input.execution_id collate "C", input.component collate "C"
  on conflict (execution_id, component) do update set
    version = stored.version + 1, updated_at = excluded.updated_at, state = excluded.state
  returning stored.execution_id, stored.component, stored.version, stored.created_at, stored.updated_at
)
select written.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!"
from input
join written on written.execution_id = input.execution_id and written.component = input.component
where case
  when written.version <> input.expected + 1 then
    holdfast.fail('HF001', format('component %s of execution %s is not at the expected version', input.component,
      input.execution_id), json_build_object('entity', 'component', 'executionId', input.execution_id, 'component', input.component,
      'expected', input.expected, 'actual', written.version - 1))
  else true
end
order by input.position`,
});
