// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { Status, Strategy, TaskType } from "../core/enums.generated.ts";
import { exec, many, one, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link appendHeld}. */
export interface AppendHeldParameters {
  readonly executionId: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expectedNumber: number | null;
}

/** A row of {@link appendHeld}. */
export interface AppendHeldRow {
  readonly first: number;
  readonly recordedAt: Date;
}

/**
 * Appends entries to the history of an execution whose requirements hold. Combines `lock_execution` and `append_to_one` in one statement.
 * Index: executions_pkey, leases_pkey, history_heads_pkey. Locks: see holdfast.hold_execution; then the history_heads.
 */
export const appendHeld: StatementFunction<AppendHeldParameters, AppendHeldRow> = one({
  name: "transition/appendHeld",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","mode","token","holder","lax","version","statuses","kinds","payloads","expectedNumber"],
  object: (row) => ({ first: row[0], recordedAt: row[1] }),
  elements: {"kinds":"text","payloads":"json"},
  text: `select appended.first as "first!", appended.recorded_at as "recorded_at!"
from holdfast.hold_execution($1::text, $2::text, $3::bigint, $4::text, $5::boolean, $6::bigint,
    $7::text)
  as held(id)
cross join lateral holdfast.append_to(held.id, $8::text[], $9::json[], $10::bigint) as appended`,
});

/** The parameters of {@link changeAlone}. */
export interface ChangeAloneParameters {
  readonly executionId: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expectedNumber: number | null;
  readonly ends: boolean;
  readonly status: Status | null;
  readonly labels: JsonText | null;
  readonly usage: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly whole: boolean;
}

/** A row of {@link changeAlone}. */
export interface ChangeAloneRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
  readonly input: JsonText | null;
  readonly storedState: JsonText | null;
  readonly storedOutput: JsonText | null;
  readonly storedError: JsonText | null;
  readonly woken: readonly string[];
  readonly first: number | null;
  readonly recordedAt: Date | null;
}

/**
 * Changes or ends one execution, and appends entries before, if there are any. An end leaves the children. Combines `lock_execution`,
 * `append_to_one`, `clear_executions` and `change_one` in one statement. Each step depends on the one before, so that every plan runs them
 * in this order. Returns the payloads if they are wanted.
 * Index: executions_pkey, leases_pkey, history_heads_pkey, and those of holdfast.clear_execution. Locks: the execution; the
 * history_heads; those of holdfast.clear_execution.
 */
export const changeAlone: StatementFunction<ChangeAloneParameters, ChangeAloneRow> = one({
  name: "transition/changeAlone",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","mode","token","holder","lax","version","statuses","kinds","payloads","expectedNumber","ends","status","labels","usage","state","output","error","whole"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15], input: row[16], storedState: row[17], storedOutput: row[18], storedError: row[19], woken: row[20], first: row[21], recordedAt: row[22] }),
  elements: {"kinds":"text","payloads":"json"},
  text: `select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?", changed.idempotency_key as "idempotency_key?",
  changed.labels as "labels!", changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?", changed.ends as "ends!",
  changed.input as "input?", changed.state as "stored_state?", changed.output as "stored_output?", changed.error as "stored_error?",
  coalesce(cleared.woken, '{}') as "woken!", (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?"
from holdfast.hold_execution($1::text, $2::text, $3::bigint, $4::text, $5::boolean, $6::bigint,
    $7::text)
  as held(id)
cross join lateral (
  select case when cardinality($8::text[]) > 0 then
    holdfast.append_to(held.id, $8, $9::json[], $10::bigint)
  end as entries
) as logged
cross join lateral (
  select case when $11::boolean and coalesce((logged.entries).first, 0) >= 0 then holdfast.clear_execution(held.id) end as woken
) as cleared
cross join lateral holdfast.change_locked(
  case when coalesce((logged.entries).first, 0) >= 0 and coalesce(cleared.woken, '{}') is not null then held.id end, $12::holdfast.status, $13::jsonb, $14::jsonb, $15::json,
  $16::json, $17::json, $18::boolean
) as changed`,
});

/** The parameters of {@link changeHeld}. */
export interface ChangeHeldParameters {
  readonly ids: readonly string[];
  readonly statuses: readonly (Status | null)[];
  readonly labels: readonly (JsonText | null)[];
  readonly usages: readonly (JsonText | null)[];
  readonly states: readonly (JsonText | null)[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
}

/** A row of {@link changeHeld}. */
export interface ChangeHeldRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
}

/**
 * Changes executions that `lock_executions` has locked. Answers in any order.
 * Index: executions_pkey.
 */
export const changeHeld: StatementFunction<ChangeHeldParameters, readonly ChangeHeldRow[]> = many({
  name: "transition/changeHeld",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","statuses","labels","usages","states","outputs","errors"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15] }),
  elements: {"ids":"text","states":"json","outputs":"json","errors":"json"},
  text: `select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?",
  changed.idempotency_key as "idempotency_key?", changed.label as "labels!",
  changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?",
  coalesce(changed.finished_at = changed.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = changed.id limit 1
  ) is null as "ends!"
from holdfast.change_held($1::text[], $2::holdfast.status[], $3::jsonb[], $4::jsonb[], $5::json[],
  $6::json[], $7::json[]) as changed`,
});

/** The parameters of {@link changeOne}. */
export interface ChangeOneParameters {
  readonly id: string;
  readonly status: Status | null;
  readonly labels: JsonText | null;
  readonly usage: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/** A row of {@link changeOne}. */
export interface ChangeOneRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
}

/**
 * Changes one execution that `lock_execution` has locked, as `change_held` does for any number, in half the time: by
 * holdfast.change_locked.
 * Index: executions_pkey.
 */
export const changeOne: StatementFunction<ChangeOneParameters, ChangeOneRow> = one({
  name: "transition/changeOne",
  prepared: true,
  readsOnly: false,
  parameters: ["id","status","labels","usage","state","output","error"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15] }),
  elements: {},
  text: `select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?", changed.idempotency_key as "idempotency_key?",
  changed.labels as "labels!", changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?", changed.ends as "ends!"
from holdfast.change_locked($1::text, $2::holdfast.status, $3::jsonb, $4::jsonb, $5::json, $6::json,
    $7::json, false)
  as changed`,
});

/** The parameters of {@link clearExecutions}. */
export interface ClearExecutionsParameters {
  readonly ids: readonly string[];
  readonly cancels: readonly boolean[];
}

/** A row of {@link clearExecutions}. */
export interface ClearExecutionsRow {
  readonly woken: readonly string[];
  readonly canceled: readonly string[];
}

/**
 * Removes the remaining parts of executions that are about to end, by holdfast.clear_executions, and on request cancels their children with
 * all descendants. Returns in input order the queues that may have work now, and the children.
 * Index: executions_parent. Locks: those of holdfast.clear_executions. The descendants were locked by lock_canceled.
 */
export const clearExecutions: StatementFunction<ClearExecutionsParameters, readonly ClearExecutionsRow[]> = many({
  name: "transition/clearExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","cancels"],
  object: (row) => ({ woken: row[0], canceled: row[1] }),
  elements: {"ids":"text"},
  text: `with input as materialized (
  select given.id, given.cancels, given.position
  from unnest((select $1::text[]), $2::boolean[]) with ordinality as given(id, cancels, position)
), cleared as materialized (
  select done.id, done.woken from holdfast.clear_executions((select $1::text[])) as done
), canceled as materialized (
  select ordered.position, below.canceled, below.woken
  from (
    select input.id, input.position
    from input
    where input.cancels and (select count(*) from cleared) >= 0
    order by input.id collate "C"
  ) as ordered
  cross join lateral holdfast.cancel_executions(
    array(
      select child.id::text from holdfast.executions as child where child.parent_id = ordered.id and child.finished_at is null
    ),
    null, true
  ) as below
)
select coalesce(cleared.woken, '{}') || coalesce(canceled.woken, '{}') as "woken!", coalesce(canceled.canceled, '{}') as "canceled!"
from input
left join cleared on cleared.id = input.id
left join canceled on canceled.position = input.position
order by input.position`,
});

/** The parameters of {@link endTask}. */
export interface EndTaskParameters {
  readonly executionId: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
  readonly id: string;
  readonly once: boolean;
  readonly status: Status;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expectedNumber: number | null;
}

/** A row of {@link endTask}. */
export interface EndTaskRow {
  readonly id: string;
  readonly executionId: string;
  readonly sequence: number;
  readonly version: number;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly attempt: number;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly wasEnded: boolean;
  readonly first: number | null;
  readonly recordedAt: Date | null;
}

/**
 * Ends one task as a step of its execution, and appends entries, if there are any. Combines `lock_execution`, `end_tasks` and
 * `append_to_one` in one statement. Each part depends on the one before, so that every plan runs them in this order.
 * Index: executions_pkey, leases_pkey, tasks_pkey, waits_pkey, history_heads_pkey. Locks: see holdfast.hold_execution; then a wait; then
 * the task; then the history_heads.
 */
export const endTask: StatementFunction<EndTaskParameters, EndTaskRow> = one({
  name: "transition/endTask",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","mode","token","holder","lax","version","statuses","id","once","status","output","error","kinds","payloads","expectedNumber"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21], wasEnded: row[22], first: row[23], recordedAt: row[24] }),
  elements: {"kinds":"text","payloads":"json"},
  text: `with owner as materialized (
  select holdfast.hold_execution($1::text, $2::text, $3::bigint, $4::text, $5::boolean, $6::bigint,
    $7::text) as id
), gone as (
  delete from holdfast.waits as wait
  where wait.id = (select $8::text from owner where owner.id is not null) and wait.execution_id = $1
  returning wait.id
), held as materialized (
  select owner.id as execution_id, found.task
  from owner
  left join lateral (
    select stored as task from holdfast.tasks as stored where stored.id = $8 and owner.id is not null for no key update
  ) as found on true
  where (select count(*) from gone) >= 0 and case
    when (found.task).id is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', $8::text),
        json_build_object('entity', 'task', 'id', $8::text))
    when (found.task).execution_id <> owner.id then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', $8::text, owner.id),
        json_build_object('field', 'endTasks', 'entity', 'task', 'id', $8::text))
    when holdfast.is_terminal((found.task).status) and ($9::boolean or (found.task).status <> $10::holdfast.status) then
      holdfast.fail('HF003', format('task %s has ended (%s) and does not change any more', $8::text, (found.task).status),
        json_build_object('reason', 'ended', 'entity', 'task', 'id', $8::text, 'status', (found.task).status))
    else true
  end
), ended as (
  update holdfast.tasks as stored set
    version = stored.version + 1, status = $10, updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, $10), finished_at = holdfast.now(),
    output = coalesce($11::json, stored.output), error = coalesce($12::json, stored.error)
  where stored.id = (select $8::text from held where not holdfast.is_terminal((held.task).status))
  returning stored as task
), done as (
  select $11 is null as keeps_output, $12 is null as keeps_error, ended.task, false as was_ended from ended
  union all
  select true, true, held.task, true from held where holdfast.is_terminal((held.task).status)
)
select (done.task).id as "id!", (done.task).execution_id as "execution_id!", (done.task).sequence as "sequence!",
  (done.task).version as "version!", (done.task).parent_id as "parent_id?", (done.task).name as "name!", (done.task).type as "type!",
  (done.task).status as "status!", (done.task).strategy as "strategy!", (done.task).attempt as "attempt!",
  (done.task).component as "component?", (done.task).agent as "agent?", (done.task).action as "action?", (done.task).tool as "tool?",
  (done.task).usage as "usage!", (done.task).created_at as "created_at!", (done.task).updated_at as "updated_at!",
  (done.task).started_at as "started_at?", (done.task).finished_at as "finished_at?", (done.task).input as "input?",
  case when done.was_ended or done.keeps_output then (done.task).output end as "output?",
  case when done.was_ended or done.keeps_error then (done.task).error end as "error?", done.was_ended as "was_ended!",
  (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?"
from done
cross join lateral (
  select case when cardinality($13::text[]) > 0 then
    holdfast.append_to((done.task).execution_id, $13, $14::json[], $15::bigint)
  end as entries
) as logged`,
});

/** The parameters of {@link endTasks}. */
export interface EndTasksParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly string[];
  readonly statuses: readonly Status[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
  readonly once: readonly boolean[];
}

/** A row of {@link endTasks}. */
export interface EndTasksRow {
  readonly id: string;
  readonly executionId: string;
  readonly sequence: number;
  readonly version: number;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly attempt: number;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly input: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly wasEnded: boolean;
}

/**
 * Ends tasks of steps whose executions are locked, and removes the waits that have their ids. A task that has ended with that status before
 * stays as it is, unless it must end `once`. Answers in input order. The payloads are those that the caller does not know: the input, and those of a task that had
 * ended before. Fails with HF004 without a task, with HF006 if it belongs to another execution, and with HF003 if it may not end again.
 * Index: tasks_pkey, waits_pkey. Locks: the waits; the tasks, the greatest id first.
 */
export const endTasks: StatementFunction<EndTasksParameters, readonly EndTasksRow[]> = many({
  name: "transition/endTasks",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds","statuses","outputs","errors","once"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21], wasEnded: row[22] }),
  elements: {"ids":"text","executionIds":"text","outputs":"json","errors":"json"},
  text: `with input as materialized (
  select given.id collate "C" as id, given.execution_id, given.status, given.output, given.error, given.once, given.position
  from unnest((select $1::text[]), $2::text[], $3::holdfast.status[], $4::json[], $5::json[],
    $6::boolean[]) with ordinality as given(id, execution_id, status, output, error, once, position)
), gone as (
  delete from holdfast.waits as wait
  using (select input.id, input.execution_id from input limit holdfast.at_most(cardinality($1::text[]))) as ended
  where wait.id = any(array[ended.id]) and wait.execution_id = ended.execution_id
), held as materialized (
  select wanted.id, wanted.status, wanted.output, wanted.error, wanted.position, found.task
  from (
    select input.id, input.execution_id, input.status, input.output, input.error, input.once, input.position
    from input order by input.id desc
  ) as wanted
  left join lateral (
    select stored as task from holdfast.tasks as stored where stored.id = wanted.id for no key update
  ) as found on true
  where case
    when (found.task).id is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', wanted.id),
        json_build_object('entity', 'task', 'id', wanted.id))
    when (found.task).execution_id <> wanted.execution_id then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', wanted.id, wanted.execution_id),
        json_build_object('field', 'endTasks', 'entity', 'task', 'id', wanted.id))
    when holdfast.is_terminal((found.task).status) and (wanted.once or (found.task).status <> wanted.status) then
      holdfast.fail('HF003', format('task %s has ended (%s) and does not change any more', wanted.id, (found.task).status),
        json_build_object('reason', 'ended', 'entity', 'task', 'id', wanted.id, 'status', (found.task).status))
    else true
  end
), ended as (
  update holdfast.tasks as stored set
    version = stored.version + 1, status = running.status, updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, running.status), finished_at = holdfast.now(),
    output = coalesce(running.output, stored.output), error = coalesce(running.error, stored.error)
  from (
    select held.id, held.status, held.output, held.error, held.position from held where not holdfast.is_terminal((held.task).status)
    limit holdfast.at_most(cardinality($1::text[]))
  ) as running
  where stored.id = any(array[running.id])
  returning running.position, running.output is null as keeps_output, running.error is null as keeps_error, stored as task
), done as (
  select ended.position, ended.keeps_output, ended.keeps_error, ended.task, false as was_ended from ended
  union all
  select held.position, true, true, held.task, true from held where holdfast.is_terminal((held.task).status)
)
select (done.task).id as "id!", (done.task).execution_id as "execution_id!", (done.task).sequence as "sequence!",
  (done.task).version as "version!", (done.task).parent_id as "parent_id?", (done.task).name as "name!", (done.task).type as "type!",
  (done.task).status as "status!", (done.task).strategy as "strategy!", (done.task).attempt as "attempt!",
  (done.task).component as "component?", (done.task).agent as "agent?", (done.task).action as "action?", (done.task).tool as "tool?",
  (done.task).usage as "usage!", (done.task).created_at as "created_at!", (done.task).updated_at as "updated_at!",
  (done.task).started_at as "started_at?", (done.task).finished_at as "finished_at?", (done.task).input as "input?",
  case when done.was_ended or done.keeps_output then (done.task).output end as "output?",
  case when done.was_ended or done.keeps_error then (done.task).error end as "error?", done.was_ended as "was_ended!"
from done
order by done.position`,
});

/** The parameters of {@link lockCanceled}. */
export interface LockCanceledParameters {
  readonly ids: readonly string[];
  readonly claimed: readonly string[];
}

/**
 * Locks the descendants of executions that steps end and that are canceled with them, and the parts of all of these, before anything
 * changes. See holdfast.lock_canceled for its locks.
 */
export const lockCanceled: StatementFunction<LockCanceledParameters, void> = exec({
  name: "transition/lockCanceled",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","claimed"],
  object: () => ({}),
  elements: {"ids":"text","claimed":"text"},
  text: `select holdfast.lock_canceled($1::text[], array_fill(true, array[cardinality($1)]), $2::text[]) as "locked!"`,
});

/** The parameters of {@link lockExecution}. */
export interface LockExecutionParameters {
  readonly id: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
}

/**
 * Locks the execution of one transition, and checks its requirements, as `lock_executions` does: by holdfast.hold_execution.
 * Index: executions_pkey, leases_pkey. Locks: the execution, as `mode` says, then its lease, shared.
 */
export const lockExecution: StatementFunction<LockExecutionParameters, void> = exec({
  name: "transition/lockExecution",
  prepared: true,
  readsOnly: false,
  parameters: ["id","mode","token","holder","lax","version","statuses"],
  object: () => ({}),
  elements: {},
  text: `select holdfast.hold_execution($1::text, $2::text, $3::bigint, $4::text, $5::boolean, $6::bigint, $7::text)
  as "held!"`,
});

/** The parameters of {@link lockExecutions}. */
export interface LockExecutionsParameters {
  readonly ids: readonly string[];
  readonly modes: readonly string[];
  readonly tokens: readonly (number | null)[];
  readonly holders: readonly (string | null)[];
  readonly lax: readonly boolean[];
  readonly versions: readonly (number | null)[];
  readonly statuses: readonly (string | null)[];
}

/**
 * Locks the executions of transitions before any of their parts. An ending execution is locked against additions, a changing one as the
 * change will, and one with a required version or status against changes. The others are locked because something is added to them.
 * Everything that locks an execution and its parts follows this order. Fails with HF004 if an execution does not exist, and with HF002 if
 * a token or a holder does not hold the lease. Fails with HF001 or HF003 if another version or status is required.
 * Index: executions_pkey, leases_pkey. Locks: executions in id order, then the leases of those with a token.
 */
export const lockExecutions: StatementFunction<LockExecutionsParameters, void> = exec({
  name: "transition/lockExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","modes","tokens","holders","lax","versions","statuses"],
  object: () => ({}),
  elements: {"ids":"text","modes":"text","tokens":"int8","holders":"text","versions":"int8","statuses":"text"},
  text: `with input as (
  select given.id, given.mode, given.token, given.holder, given.lax, given.version, given.statuses
  from unnest((select $1::text[]), $2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::bigint[],
    $7::text[]) as given(id, mode, token, holder, lax, version, statuses)
), locked as materialized (
  select named.id, coalesce(ending.version, changing.version, held.version, growing.version) as version,
    coalesce(ending.status, changing.status, held.status, growing.status) as status
  from (
    select input.id collate "C" as id, bool_or(input.mode = 'end') as ends, bool_or(input.mode in ('change', 'end')) as changes,
      bool_or(input.mode <> 'add') as holds
    from input
    group by 1
    order by 1
  ) as named
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.ends
    for update
  ) as ending on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.changes and not named.ends
    for no key update
  ) as changing on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.holds and not named.changes
    for share
  ) as held on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and not named.holds
    for key share
  ) as growing on true
)
select count(*) as "locked!"
from input
join locked on locked.id = input.id
where case
  when locked.version is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  when (input.token is not null or input.holder is not null) and not holdfast.hold_lease(input.id, input.token, input.holder,
    input.lax) then false
  else holdfast.meets(input.id, locked.version, locked.status, input.version, input.statuses)
end`,
});

/** The parameters of {@link parkExecutions}. */
export interface ParkExecutionsParameters {
  readonly ids: readonly string[];
  readonly untilAt: readonly (Date | null)[];
  readonly afterMs: readonly (number | null)[];
  readonly waits: readonly JsonText[];
  readonly forChildren: readonly boolean[];
  readonly anyChild: readonly boolean[];
}

/** A row of {@link parkExecutions}. */
export interface ParkExecutionsRow {
  readonly queue: string;
  readonly isReady: boolean;
}

/**
 * Parks executions, each by holdfast.park, which names its locks. Returns in input order the queue of each, and whether it is claimable
 * at once. The waits of an execution are a JSON array of [id, step, key, expiresAt, ttlMs].
 */
export const parkExecutions: StatementFunction<ParkExecutionsParameters, readonly ParkExecutionsRow[]> = many({
  name: "transition/parkExecutions",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","untilAt","afterMs","waits","forChildren","anyChild"],
  object: (row) => ({ queue: row[0], isReady: row[1] }),
  elements: {"ids":"text","afterMs":"int8","waits":"json"},
  text: `with input as materialized (
  select given.id, coalesce(given.until_at, holdfast.after_ms(given.after_ms)) as until_at, given.waits, given.for_children,
    given.any_child, given.position
  from unnest((select $1::text[]), $2::timestamptz[], $3::bigint[], $4::json[], $5::boolean[],
    $6::boolean[]) with ordinality as given(id, until_at, after_ms, waits, for_children, any_child, position)
), parked as materialized (
  select ordered.position, each.queue, each.is_ready
  from (
    select input.id, input.until_at, input.waits, input.for_children, input.any_child, input.position from input
    order by input.id collate "C"
  ) as ordered
  cross join lateral holdfast.park(
    ordered.id, ordered.until_at,
    array(select wait ->> 0 from json_array_elements(ordered.waits) as wait),
    array(select wait ->> 1 from json_array_elements(ordered.waits) as wait),
    array(select wait ->> 2 from json_array_elements(ordered.waits) as wait),
    array(
      select coalesce((wait ->> 3)::timestamptz, holdfast.after_ms((wait ->> 4)::bigint)) from json_array_elements(ordered.waits) as wait
    ),
    ordered.for_children, ordered.any_child
  ) as each
)
select parked.queue as "queue!", parked.is_ready as "is_ready!"
from parked
order by parked.position`,
});

/** The parameters of {@link payloadsOfExecutions}. */
export interface PayloadsOfExecutionsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link payloadsOfExecutions}. */
export interface PayloadsOfExecutionsRow {
  readonly id: string;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * The payloads of executions after their steps, in input order.
 * Index: executions_pkey.
 */
export const payloadsOfExecutions: StatementFunction<PayloadsOfExecutionsParameters, readonly PayloadsOfExecutionsRow[]> = many({
  name: "transition/payloadsOfExecutions",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ id: row[0], input: row[1], state: row[2], output: row[3], error: row[4] }),
  elements: {"ids":"text"},
  text: `select stored.id as "id!", stored.input as "input?", stored.state as "state?", stored.output as "output?", stored.error as "error?"
from unnest((select $1::text[])) with ordinality as given(id, position)
cross join lateral (
  select execution.id, execution.input, execution.state, execution.output, execution.error
  from holdfast.executions as execution where execution.id = given.id limit 1
) as stored
order by given.position`,
});

/** The parameters of {@link readAfter}. */
export interface ReadAfterParameters {
  readonly executionIds: readonly string[];
  readonly afters: readonly number[];
}

/** A row of {@link readAfter}. */
export interface ReadAfterRow {
  readonly ordinal: number;
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/**
 * The entries of executions behind given numbers, including those that forks share and those of this transaction. At most 1,000 of each
 * execution, by number.
 * Index: history_forks_pkey, history_entries_pkey.
 */
export const readAfter: StatementFunction<ReadAfterParameters, readonly ReadAfterRow[]> = many({
  name: "transition/readAfter",
  prepared: true,
  readsOnly: true,
  parameters: ["executionIds","afters"],
  object: (row) => ({ ordinal: row[0], number: row[1], position: row[2], kind: row[3], recordedAt: row[4], payload: row[5] }),
  elements: {"executionIds":"text","afters":"int8"},
  text: `select given.ordinal as "ordinal!", entry.number as "number!", entry.position as "position!", entry.kind as "kind!",
  entry.recorded_at as "recorded_at!", entry.payload as "payload?"
from unnest((select $1::text[]), $2::bigint[]) with ordinality as given(execution_id, after, ordinal)
cross join lateral (
  select shared.number, shared.position, shared.kind, shared.recorded_at, shared.payload
  from holdfast.history_lineage(given.execution_id) as part
  cross join lateral (
    select stored.number, stored.position, stored.kind, stored.recorded_at, stored.payload
    from holdfast.history_entries as stored
    where stored.execution_id = part.owner_id and stored.number > greatest(part.above, given.after) and stored.number <= part.through
    order by stored.number
    limit 1000
  ) as shared
  order by shared.number
  limit 1000
) as entry
order by given.ordinal, entry.number`,
});

/** The parameters of {@link recordAndEnd}. */
export interface RecordAndEndParameters {
  readonly executionId: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
  readonly taskId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType | null;
  readonly taskStatus: Status | null;
  readonly strategy: Strategy | null;
  readonly attempt: number | null;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly input: JsonText | null;
  readonly taskOutput: JsonText | null;
  readonly taskError: JsonText | null;
  readonly expected: number | null;
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expectedNumber: number | null;
  readonly status: Status;
  readonly labels: JsonText | null;
  readonly usage: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/** A row of {@link recordAndEnd}. */
export interface RecordAndEndRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly ends: boolean;
  readonly woken: readonly string[];
  readonly first: number | null;
  readonly recordedAt: Date | null;
  readonly taskId: string;
  readonly taskExecutionId: string;
  readonly taskSequence: number;
  readonly taskVersion: number;
  readonly taskParentId: string | null;
  readonly taskName: string;
  readonly taskType: TaskType;
  readonly taskStatus: Status;
  readonly taskStrategy: Strategy;
  readonly taskAttempt: number;
  readonly taskComponent: string | null;
  readonly taskAgent: string | null;
  readonly taskAction: string | null;
  readonly taskTool: string | null;
  readonly taskUsage: JsonText;
  readonly taskCreatedAt: Date;
  readonly taskUpdatedAt: Date;
  readonly taskStartedAt: Date | null;
  readonly taskFinishedAt: Date | null;
}

/**
 * Records the last task of an execution, appends entries, if there are any, and ends it, as `record_task` and `change_alone` do.
 * Index: executions_pkey, leases_pkey, tasks_pkey, history_heads_pkey, and those of holdfast.clear_execution. Locks: the execution; the
 * task; the history_heads; those of holdfast.clear_execution.
 */
export const recordAndEnd: StatementFunction<RecordAndEndParameters, RecordAndEndRow> = one({
  name: "transition/recordAndEnd",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","mode","token","holder","lax","version","statuses","taskId","parentId","name","type","taskStatus","strategy","attempt","component","agent","action","tool","input","taskOutput","taskError","expected","kinds","payloads","expectedNumber","status","labels","usage","state","output","error"],
  object: (row) => ({ id: row[0], version: row[1], status: row[2], strategy: row[3], definitionName: row[4], definitionVersion: row[5], parentId: row[6], parentTaskId: row[7], idempotencyKey: row[8], labels: row[9], usage: row[10], createdAt: row[11], updatedAt: row[12], startedAt: row[13], finishedAt: row[14], ends: row[15], woken: row[16], first: row[17], recordedAt: row[18], taskId: row[19], taskExecutionId: row[20], taskSequence: row[21], taskVersion: row[22], taskParentId: row[23], taskName: row[24], taskType: row[25], taskStatus: row[26], taskStrategy: row[27], taskAttempt: row[28], taskComponent: row[29], taskAgent: row[30], taskAction: row[31], taskTool: row[32], taskUsage: row[33], taskCreatedAt: row[34], taskUpdatedAt: row[35], taskStartedAt: row[36], taskFinishedAt: row[37] }),
  elements: {"kinds":"text","payloads":"json"},
  text: `select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?", changed.idempotency_key as "idempotency_key?",
  changed.labels as "labels!", changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?", changed.ends as "ends!",
  cleared.woken as "woken!", (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?",
  saved.id as "task_id!", saved.execution_id as "task_execution_id!", saved.sequence as "task_sequence!",
  saved.version as "task_version!", saved.parent_id as "task_parent_id?", saved.name as "task_name!",
  saved.type as "task_type!", saved.status as "task_status!", saved.strategy as "task_strategy!",
  saved.attempt as "task_attempt!", saved.component as "task_component?", saved.agent as "task_agent?",
  saved.action as "task_action?", saved.tool as "task_tool?", saved.usage as "task_usage!",
  saved.created_at as "task_created_at!", saved.updated_at as "task_updated_at!",
  saved.started_at as "task_started_at?", saved.finished_at as "task_finished_at?"
from holdfast.hold_execution($1::text, $2::text, $3::bigint, $4::text, $5::boolean, $6::bigint,
    $7::text)
  as held(id)
cross join lateral holdfast.save_task(
  $8::text, held.id, $9::text, $10::text, $11::holdfast.task_type, $12::holdfast.status,
  $13::holdfast.strategy, $14::integer, $15::text, $16::text, $17::text, $18::text, $19::json,
  $20::json, $21::json, $22::bigint
) as saved
cross join lateral (
  select case when cardinality($23::text[]) > 0 then
    holdfast.append_to(saved.execution_id, $23, $24::json[], $25::bigint)
  end as entries
) as logged
cross join lateral holdfast.clear_execution(case when coalesce((logged.entries).first, 0) >= 0 then saved.execution_id end) as cleared(woken)
cross join lateral holdfast.change_locked(
  case when cleared.woken is not null then held.id end, $26::holdfast.status, $27::jsonb, $28::jsonb, $29::json,
  $30::json, $31::json, false
) as changed`,
});

/** The parameters of {@link recordTask}. */
export interface RecordTaskParameters {
  readonly executionId: string;
  readonly mode: string;
  readonly token: number | null;
  readonly holder: string | null;
  readonly lax: boolean;
  readonly version: number | null;
  readonly statuses: string | null;
  readonly taskId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType | null;
  readonly taskStatus: Status | null;
  readonly strategy: Strategy | null;
  readonly attempt: number | null;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly input: JsonText | null;
  readonly taskOutput: JsonText | null;
  readonly taskError: JsonText | null;
  readonly expected: number | null;
  readonly kinds: readonly string[];
  readonly payloads: readonly (JsonText | null)[];
  readonly expectedNumber: number | null;
}

/** A row of {@link recordTask}. */
export interface RecordTaskRow {
  readonly id: string;
  readonly executionId: string;
  readonly sequence: number;
  readonly version: number;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly attempt: number;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly first: number | null;
  readonly recordedAt: Date | null;
}

/**
 * Records one task as a step of its execution, and appends entries, if there are any. Combines `lock_execution`, `save_task` and
 * `append_to_one` in one statement.
 * Index: executions_pkey, leases_pkey, tasks_pkey, history_heads_pkey. Locks: see holdfast.hold_execution; then the task; then the
 * history_heads.
 */
export const recordTask: StatementFunction<RecordTaskParameters, RecordTaskRow> = one({
  name: "transition/recordTask",
  prepared: true,
  readsOnly: false,
  parameters: ["executionId","mode","token","holder","lax","version","statuses","taskId","parentId","name","type","taskStatus","strategy","attempt","component","agent","action","tool","input","taskOutput","taskError","expected","kinds","payloads","expectedNumber"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], first: row[19], recordedAt: row[20] }),
  elements: {"kinds":"text","payloads":"json"},
  text: `select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?",
  (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?"
from holdfast.hold_execution($1::text, $2::text, $3::bigint, $4::text, $5::boolean, $6::bigint,
    $7::text)
  as held(id)
cross join lateral holdfast.save_task(
  $8::text, held.id, $9::text, $10::text, $11::holdfast.task_type, $12::holdfast.status,
  $13::holdfast.strategy, $14::integer, $15::text, $16::text, $17::text, $18::text, $19::json,
  $20::json, $21::json, $22::bigint
) as saved
cross join lateral (
  select case when cardinality($23::text[]) > 0 then
    holdfast.append_to(saved.execution_id, $23, $24::json[], $25::bigint)
  end as entries
) as logged`,
});

/** The parameters of {@link requireJobClaims}. */
export interface RequireJobClaimsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly executionIds: readonly string[];
  readonly ending: readonly string[];
}

/** A row of {@link requireJobClaims}. */
export interface RequireJobClaimsRow {
  readonly id: string;
}

/**
 * Holds claims of jobs for the rest of the transaction, together with the parts of executions that the steps end. Fails with HF002 unless
 * every given claim still holds, and with HF006 if a job belongs to another execution than given.
 * Index: jobs_pkey. Locks: those of lock_ending, then those of lock_leases.
 */
export const requireJobClaims: StatementFunction<RequireJobClaimsParameters, readonly RequireJobClaimsRow[]> = many({
  name: "transition/requireJobClaims",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","executionIds","ending"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text","tokens":"int8","executionIds":"text","ending":"text"},
  text: `with input as (
  select given.id, given.token, given.execution_id
  from unnest((select $1::text[]), $2::bigint[], $3::text[]) as given(id, token, execution_id)
), ended as materialized (
  select case when cardinality($4::text[]) > 0 then holdfast.lock_ending($4::text[], $1::text[]) end as are_some
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until
  from ended
  cross join lateral holdfast.lock_leases(
    case when coalesce(ended.are_some, false) is not null then (select $1::text[]) end, (select $2::bigint[])
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
left join lateral (
  select stored.execution_id from holdfast.jobs as stored where stored.id = input.id limit 1
) as job on true
where case
  when not holdfast.is_within(input.execution_id, job.execution_id, 'job', input.id, 'complete') then false
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of job %s does not hold any more', input.id),
    json_build_object('entity', 'job', 'id', input.id, 'token', input.token))
end`,
});

/** The parameters of {@link requireTimerClaims}. */
export interface RequireTimerClaimsParameters {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
  readonly executionIds: readonly string[];
}

/** A row of {@link requireTimerClaims}. */
export interface RequireTimerClaimsRow {
  readonly id: string;
}

/**
 * Holds claims of timers for the rest of the transaction. Fails with HF002 unless every given claim still holds, and with HF006 if a
 * timer belongs to another execution than given. Each row is locked by its own sub-select, so the plan is one look-up per row, even from
 * when there were few timers.
 * Index: timers_pkey. Locks: timers in id order.
 */
export const requireTimerClaims: StatementFunction<RequireTimerClaimsParameters, readonly RequireTimerClaimsRow[]> = many({
  name: "transition/requireTimerClaims",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","tokens","executionIds"],
  object: (row) => ({ id: row[0] }),
  elements: {"ids":"text","tokens":"int8","executionIds":"text"},
  text: `with input as (
  select given.id, given.token, given.execution_id
  from unnest((select $1::text[]), $2::bigint[], $3::text[]) as given(id, token, execution_id)
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until, claimed.execution_id
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select timer.id, timer.token, timer.lease_until, timer.execution_id
    from holdfast.timers as timer
    where timer.id = wanted.id
    for no key update
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
where case
  when not holdfast.is_within(input.execution_id, locked.execution_id, 'timer', input.id, 'acknowledge') then false
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of timer %s does not hold any more', input.id),
    json_build_object('entity', 'timer', 'id', input.id, 'token', input.token))
end`,
});
