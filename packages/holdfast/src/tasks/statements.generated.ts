// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { Status, Strategy, TaskType } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type InEachLockMode, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link addTasks}. */
export interface AddTasksParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly string[];
  readonly haveParents: boolean;
  readonly parentIds: readonly (string | null)[];
  readonly names: readonly string[];
  readonly types: readonly (TaskType | null)[];
  readonly statuses: readonly (Status | null)[];
  readonly strategies: readonly (Strategy | null)[];
  readonly attempts: readonly (number | null)[];
  readonly components: readonly (string | null)[];
  readonly agents: readonly (string | null)[];
  readonly actions: readonly (string | null)[];
  readonly tools: readonly (string | null)[];
  readonly inputs: readonly (JsonText | null)[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
}

/** A row of {@link addTasks}. */
export interface AddTasksRow {
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
}

/**
 * Inserts tasks with generated ids, which nobody else can know, in input order. Answers without payloads, in any order. Null becomes the
 * default, and '' means no parent. Fails with HF004 without the execution or the parent, and with HF003 if the execution has ended. Takes
 * two thirds of the time of save_tasks, which looks tasks up and locks them in id order.
 * Index: executions_pkey, tasks_pkey. Locks: the executions, shared, in id order.
 */
export const addTasks: StatementFunction<AddTasksParameters, readonly AddTasksRow[]> = many({
  name: "tasks/addTasks",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds","haveParents","parentIds","names","types","statuses","strategies","attempts","components","agents","actions","tools","inputs","outputs","errors"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18] }),
  elements: {"ids":"text","executionIds":"text","parentIds":"text","names":"text","components":"text","agents":"text","actions":"text","tools":"text","inputs":"json","outputs":"json","errors":"json"},
  text: `with held as materialized (
  select case
    when hold.missing is null then true
    else holdfast.check_new_tasks((select $1::text[]), (select $2::text[]), null, hold.missing)
  end and case
    when $3::boolean then
      holdfast.check_parents((select $1::text[]), (select $2::text[]), (select $4::text[]))
    else true
  end as is_held
  from (select holdfast.hold_executions((select $2::text[])) as missing offset 0) as hold
)
insert into holdfast.tasks as stored (
  id, execution_id, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
  created_at, updated_at, started_at, finished_at, input, output, error
)
select step.id, step.execution_id, 1, nullif(step.parent_id, ''), step.name, coalesce(step.type, 'basic'),
  coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), coalesce(step.attempt, 1), nullif(step.component, ''),
  nullif(step.agent, ''), nullif(step.action, ''), nullif(step.tool, ''), holdfast.now(), holdfast.now(),
  holdfast.started_at(null, step.status), holdfast.finished_at(null, step.status), step.input, step.output, step.error
from held
cross join unnest((select $1::text[]), $2::text[], $4::text[], $5::text[], $6::holdfast.task_type[],
  $7::holdfast.status[], $8::holdfast.strategy[], $9::integer[], $10::text[], $11::text[],
  $12::text[], $13::text[], $14::json[], $15::json[], $16::json[]) with ordinality
  as step(id, execution_id, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error,
    position)
where held.is_held
order by step.position
returning stored.id as "id!", stored.execution_id as "execution_id!", stored.sequence as "sequence!", stored.version as "version!",
  stored.parent_id as "parent_id?", stored.name as "name!", stored.type as "type!", stored.status as "status!",
  stored.strategy as "strategy!", stored.attempt as "attempt!", stored.component as "component?", stored.agent as "agent?",
  stored.action as "action?", stored.tool as "tool?", stored.usage as "usage!", stored.created_at as "created_at!",
  stored.updated_at as "updated_at!", stored.started_at as "started_at?", stored.finished_at as "finished_at?"`,
});

/** The parameters of {@link addUsage}. */
export interface AddUsageParameters {
  readonly ids: readonly string[];
  readonly usages: readonly JsonText[];
}

/** A row of {@link addUsage}. */
export interface AddUsageRow {
  readonly usage: JsonText;
}

/**
 * Adds to the counters of tasks. Answers each input, in order, with the sums after all of them; a task may appear several times. Fails
 * with HF004 if one does not exist. Written as an insert that always finds its row; see change_executions.
 * Index: tasks_pkey. Locks: tasks by id, the greatest first.
 */
export const addUsage: StatementFunction<AddUsageParameters, readonly AddUsageRow[]> = many({
  name: "tasks/addUsage",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","usages"],
  object: (row) => ({ usage: row[0] }),
  elements: {"ids":"text"},
  text: `with input as (
  select given.id, given.usage, given.position
  from unnest((select $1::text[]), $2::jsonb[]) with ordinality as given(id, usage, position)
), added as (
  select summed.id, jsonb_object_agg(summed.name, summed.total) filter (where summed.name is not null) as usage
  from (
    select input.id, counter.key as name, sum(counter.value::numeric) as total
    from input
    left join lateral jsonb_each_text(input.usage) as counter on true
    group by input.id, counter.key
  ) as summed
  group by summed.id
), changed as (
  insert into holdfast.tasks as stored (id, execution_id, sequence, version, name, type, status, strategy, attempt, created_at,
    updated_at, usage)
    overriding system value
  select added.id, '-', nextval('holdfast.tasks_sequence_seq'), 0, '-', 'basic', 'pending', 'wait_all', 1, holdfast.now(), holdfast.now(),
    coalesce(added.usage, '{}')
  from added
  where case
    when (select present.version from holdfast.tasks as present where present.id = added.id) is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', added.id),
        json_build_object('entity', 'task', 'id', added.id))
    else true
  end
  order by added.id collate "C" desc
  on conflict (id) do update set usage = holdfast.add_usage(stored.usage, excluded.usage), updated_at = excluded.updated_at
  returning stored.id, stored.version, stored.usage
)
select changed.usage as "usage!"
from input
full join changed on changed.id = input.id
where case
  when changed.version = 0 then
    holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
      json_build_object('entity', 'task', 'id', input.id))
  else true
end
order by input.position`,
});

/** The parameters of {@link countChildren}. */
export interface CountChildrenParameters {
  readonly parentIds: readonly string[];
}

/** A row of {@link countChildren}. */
export interface CountChildrenRow {
  readonly place: number;
  readonly status: Status;
  readonly count: number;
}

/**
 * Counts the children of each task by status, all attempts included. Tasks without children have no row. One join finds all of them: where
 * most tasks have one parent, the planner would read the whole table for each id.
 * Index: tasks_of_parent.
 */
export const countChildren: StatementFunction<CountChildrenParameters, readonly CountChildrenRow[]> = many({
  name: "tasks/countChildren",
  prepared: true,
  readsOnly: true,
  parameters: ["parentIds"],
  object: (row) => ({ place: row[0], status: row[1], count: row[2] }),
  elements: {"parentIds":"text"},
  text: `select parent.place::integer as "place!", child.status as "status!", count(*) as "count!"
from unnest((select $1::text[])) with ordinality as parent(id, place)
join holdfast.tasks as child on child.parent_id = parent.id
group by parent.place, child.status`,
});

/** The parameters of {@link countTasks}. */
export interface CountTasksParameters {
  readonly executionId: string | null;
  readonly parentId: string | null;
  readonly name: string | null;
  readonly statuses: readonly Status[];
  readonly type: TaskType | null;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly updatedAfter: Date | null;
}

/** A row of {@link countTasks}. */
export interface CountTasksRow {
  readonly count: number;
}

/**
 * Counts the tasks that pass the filters of list_tasks.
 * Index: as list_tasks; without filters, all rows are counted.
 */
export const countTasks: StatementFunction<CountTasksParameters, CountTasksRow> = one({
  name: "tasks/countTasks",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","parentId","name","statuses","type","component","agent","action","tool","updatedAfter"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `select count(*) as "count!"
from holdfast.tasks
where ($1::text is null or execution_id = $1)
  and ($2::text is null or parent_id = $2 or ($2 = '' and parent_id is null))
  and ($3::text is null or name = $3)
  and (cardinality($4::holdfast.status[]) = 0
    or cardinality($4::holdfast.status[]) = 1 and status = ($4::holdfast.status[])[1]
    or cardinality($4::holdfast.status[]) > 1 and status = any($4::holdfast.status[]))
  and ($5::holdfast.task_type is null or type = $5)
  and ($6::text is null or component = $6)
  and ($7::text is null or agent = $7)
  and ($8::text is null or action = $8)
  and ($9::text is null or tool = $9)
  and ($10::timestamptz is null or updated_at >= $10)`,
});

/** The parameters of {@link createChildren}. */
export interface CreateChildrenParameters {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly types: readonly (TaskType | null)[];
  readonly statuses: readonly (Status | null)[];
  readonly strategies: readonly (Strategy | null)[];
  readonly attempts: readonly (number | null)[];
  readonly components: readonly (string | null)[];
  readonly agents: readonly (string | null)[];
  readonly actions: readonly (string | null)[];
  readonly tools: readonly (string | null)[];
  readonly inputs: readonly (JsonText | null)[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
  readonly parentId: string;
}

/** A row of {@link createChildren}. */
export interface CreateChildrenRow {
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
}

/**
 * Creates tasks under one parent, in its execution. Answers in input order without payloads. Fails with HF007 if an id is taken.
 * lock_parent has locked the parent.
 * Index: tasks_pkey. Locks: the new tasks by id, the greatest first.
 */
export const createChildren: StatementFunction<CreateChildrenParameters, readonly CreateChildrenRow[]> = many({
  name: "tasks/createChildren",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","names","types","statuses","strategies","attempts","components","agents","actions","tools","inputs","outputs","errors","parentId"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18] }),
  elements: {"ids":"text","names":"text","components":"text","agents":"text","actions":"text","tools":"text","inputs":"json","outputs":"json","errors":"json"},
  text: `with input as materialized (
  select given.id collate "C" as id, parent.execution_id, parent.id as parent_id,
    nextval('holdfast.tasks_sequence_seq') as sequence, given.name, given.type, given.status, given.strategy, given.attempt,
    given.component, given.agent, given.action, given.tool, given.input, given.output, given.error
  from unnest(
    (select $1::text[]), $2::text[], $3::holdfast.task_type[], $4::holdfast.status[],
    $5::holdfast.strategy[], $6::integer[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::json[], $12::json[], $13::json[]
  ) with ordinality as given(
    id, name, type, status, strategy, attempt, component, agent, action, tool, input, output, error, position
  )
  cross join holdfast.tasks as parent
  where parent.id = $14 and case
    when (select taken.id from holdfast.tasks as taken where taken.id = given.id) is not null then
      holdfast.fail('HF007', format('task %s exists already: give its sibling another id', given.id),
        json_build_object('field', 'id', 'entity', 'task', 'id', given.id))
    else true
  end
  order by given.position
), written as (
  insert into holdfast.tasks as stored (
    id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
    created_at, updated_at, started_at, finished_at, input, output, error
  ) overriding system value
  select input.id, input.execution_id, input.sequence, 1, input.parent_id, input.name, coalesce(input.type, 'basic'),
    coalesce(input.status, 'pending'), coalesce(input.strategy, 'wait_all'), coalesce(input.attempt, 1),
    nullif(input.component, ''), nullif(input.agent, ''), nullif(input.action, ''), nullif(input.tool, ''), holdfast.now(),
    holdfast.now(), holdfast.started_at(null, coalesce(input.status, 'pending')),
    holdfast.finished_at(null, coalesce(input.status, 'pending')), input.input, input.output, input.error
  from input
  order by input.id desc
  returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
    stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
    stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
)
select written.id as "id!", written.execution_id as "execution_id!", written.sequence as "sequence!",
  written.version as "version!", written.parent_id as "parent_id?", written.name as "name!", written.type as "type!",
  written.status as "status!", written.strategy as "strategy!", written.attempt as "attempt!",
  written.component as "component?", written.agent as "agent?", written.action as "action?", written.tool as "tool?",
  written.usage as "usage!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.started_at as "started_at?", written.finished_at as "finished_at?"
from written
order by written.sequence`,
});

/** The parameters of {@link getTask}. */
export interface GetTaskParameters {
  readonly id: string;
}

/** A row of {@link getTask}. */
export interface GetTaskRow {
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
}

/**
 * Reads one task.
 * Index: tasks_pkey.
 */
export const getTask: StatementFunction<GetTaskParameters, GetTaskRow | null> = maybe({
  name: "tasks/getTask",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where id = $1`,
});

/** The parameters of {@link groupTasks}. */
export interface GroupTasksParameters {
  readonly byParent: boolean;
  readonly executionId: string;
  readonly limit: number;
}

/** A row of {@link groupTasks}. */
export interface GroupTasksRow {
  readonly parentName: string | null;
  readonly name: string | null;
  readonly total: number;
  readonly id: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly pending: number;
  readonly running: number;
  readonly waiting: number;
  readonly paused: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly canceled: number;
  readonly groups: number;
  readonly tasks: number;
}

/**
 * Groups the tasks of an execution by the names of their parents and, unless `byParent`, their own. Returns the largest groups, the number
 * of all groups, and the id of a group of one.
 * Index: tasks_of_execution, tasks_pkey.
 */
export const groupTasks: StatementFunction<GroupTasksParameters, readonly GroupTasksRow[]> = many({
  name: "tasks/groupTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["byParent","executionId","limit"],
  object: (row) => ({ parentName: row[0], name: row[1], total: row[2], id: row[3], startedAt: row[4], finishedAt: row[5], pending: row[6], running: row[7], waiting: row[8], paused: row[9], succeeded: row[10], failed: row[11], timedOut: row[12], canceled: row[13], groups: row[14], tasks: row[15] }),
  elements: {},
  text: `with member as (
  select task.id, task.status, task.started_at, task.finished_at, parent.name as parent_name,
    case when $1::boolean then null else task.name end as name
  from holdfast.tasks as task
  left join holdfast.tasks as parent on parent.id = task.parent_id
  where task.execution_id = $2
), gathered as (
  select member.parent_name, member.name, count(*) as total, min(member.id::text) as first_id,
    min(member.started_at) as started_at, max(member.finished_at) as finished_at,
    bool_and(member.finished_at is not null) as is_over,
    count(*) filter (where member.status = 'pending') as pending, count(*) filter (where member.status = 'running') as running,
    count(*) filter (where member.status = 'waiting') as waiting, count(*) filter (where member.status = 'paused') as paused,
    count(*) filter (where member.status = 'succeeded') as succeeded, count(*) filter (where member.status = 'failed') as failed,
    count(*) filter (where member.status = 'timed_out') as timed_out, count(*) filter (where member.status = 'canceled') as canceled
  from member
  group by member.parent_name, member.name
)
select gathered.parent_name as "parent_name?", gathered.name as "name?", gathered.total as "total!",
  case when gathered.total = 1 then gathered.first_id end as "id?", gathered.started_at as "started_at?",
  case when gathered.is_over then gathered.finished_at end as "finished_at?", gathered.pending as "pending!",
  gathered.running as "running!", gathered.waiting as "waiting!", gathered.paused as "paused!", gathered.succeeded as "succeeded!",
  gathered.failed as "failed!", gathered.timed_out as "timed_out!", gathered.canceled as "canceled!",
  (count(*) over ())::integer as "groups!", (sum(gathered.total) over ())::bigint as "tasks!"
from gathered
order by gathered.total desc, gathered.parent_name nulls first, gathered.name
limit $3`,
});

/** The parameters of {@link linkTasks}. */
export interface LinkTasksParameters {
  readonly byParent: boolean;
  readonly executionId: string;
  readonly limit: number;
}

/** A row of {@link linkTasks}. */
export interface LinkTasksRow {
  readonly fromParent: string | null;
  readonly fromName: string | null;
  readonly toParent: string | null;
  readonly toName: string | null;
  readonly count: number;
}

/**
 * Which groups of group_tasks come after which, by the dependencies of the jobs that have the ids of the tasks.
 * Index: tasks_of_execution, tasks_pkey, job_dependencies_of_job.
 */
export const linkTasks: StatementFunction<LinkTasksParameters, readonly LinkTasksRow[]> = many({
  name: "tasks/linkTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["byParent","executionId","limit"],
  object: (row) => ({ fromParent: row[0], fromName: row[1], toParent: row[2], toName: row[3], count: row[4] }),
  elements: {},
  text: `with link as (
  select source.parent_name as from_parent, source.name as from_name, target_parent.name as to_parent,
    case when $1::boolean then null else target.name end as to_name
  from holdfast.tasks as target
  left join holdfast.tasks as target_parent on target_parent.id = target.parent_id
  cross join lateral (
    select edge.after_id::text as id from holdfast.job_dependencies as edge where edge.job_id = target.id
  ) as edge
  cross join lateral (
    select parent.name as parent_name, case when $1 then null else task.name end as name
    from holdfast.tasks as task
    left join holdfast.tasks as parent on parent.id = task.parent_id
    where task.id = edge.id and task.execution_id = $2
  ) as source
  where target.execution_id = $2
)
select link.from_parent as "from_parent?", link.from_name as "from_name?", link.to_parent as "to_parent?", link.to_name as "to_name?",
  count(*) as "count!"
from link
group by link.from_parent, link.from_name, link.to_parent, link.to_name
order by count(*) desc, link.from_parent, link.from_name, link.to_parent, link.to_name
limit $3`,
});

/** The parameters of {@link listTasks}. */
export interface ListTasksParameters {
  readonly withPayloads: boolean;
  readonly executionId: string | null;
  readonly parentId: string | null;
  readonly name: string | null;
  readonly statuses: readonly Status[];
  readonly type: TaskType | null;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly updatedAfter: Date | null;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link listTasks}. */
export interface ListTasksRow {
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
}

/**
 * Tasks in creation order, after a given sequence number, by any of the filters. Parent '' selects those without one.
 * Index: tasks_of_parent, tasks_of_execution, tasks_name, tasks_status, tasks_agent, tasks_action, tasks_tool, tasks_component, or
 * tasks_sequence.
 */
export const listTasks: InBothOrders<ListTasksParameters, readonly ListTasksRow[]> = {
  asc: many({
  name: "tasks/listTasks",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","executionId","parentId","name","statuses","type","component","agent","action","tool","updatedAfter","after","limit"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, case when $1::boolean then input end as "input?",
  case when $1::boolean then output end as "output?", case when $1::boolean then error end as "error?"
from holdfast.tasks
where ($2::text is null or execution_id = $2)
  and ($3::text is null or parent_id = $3 or ($3 = '' and parent_id is null))
  and ($4::text is null or name = $4)
  and (cardinality($5::holdfast.status[]) = 0
    or cardinality($5::holdfast.status[]) = 1 and status = ($5::holdfast.status[])[1]
    or cardinality($5::holdfast.status[]) > 1 and status = any($5::holdfast.status[]))
  and ($6::holdfast.task_type is null or type = $6)
  and ($7::text is null or component = $7)
  and ($8::text is null or agent = $8)
  and ($9::text is null or action = $9)
  and ($10::text is null or tool = $10)
  and ($11::timestamptz is null or updated_at >= $11)
  and sequence > $12::bigint
order by sequence
limit $13`,
}),
  desc: many({
  name: "tasks/listTasks desc",
  prepared: false,
  readsOnly: true,
  parameters: ["withPayloads","executionId","parentId","name","statuses","type","component","agent","action","tool","updatedAfter","after","limit"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, case when $1::boolean then input end as "input?",
  case when $1::boolean then output end as "output?", case when $1::boolean then error end as "error?"
from holdfast.tasks
where ($2::text is null or execution_id = $2)
  and ($3::text is null or parent_id = $3 or ($3 = '' and parent_id is null))
  and ($4::text is null or name = $4)
  and (cardinality($5::holdfast.status[]) = 0
    or cardinality($5::holdfast.status[]) = 1 and status = ($5::holdfast.status[])[1]
    or cardinality($5::holdfast.status[]) > 1 and status = any($5::holdfast.status[]))
  and ($6::holdfast.task_type is null or type = $6)
  and ($7::text is null or component = $7)
  and ($8::text is null or agent = $8)
  and ($9::text is null or action = $9)
  and ($10::text is null or tool = $10)
  and ($11::timestamptz is null or updated_at >= $11)
  and sequence < $12::bigint
order by sequence desc
limit $13`,
}),
};

/** The parameters of {@link listTree}. */
export interface ListTreeParameters {
  readonly rootId: string;
  readonly depthMax: number;
  readonly afterDepth: number;
  readonly afterSequence: number;
  readonly limit: number;
}

/** A row of {@link listTree}. */
export interface ListTreeRow {
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
  readonly depth: number;
  readonly isCut: boolean;
}

/**
 * A task and its descendants down to a depth, by depth and then by creation, after a given place, without payloads. Also returns whether
 * tasks exist below that depth. A task has one parent, so damaged data with a cycle could repeat only the root.
 * Index: tasks_pkey, tasks_of_parent.
 */
export const listTree: InBothOrders<ListTreeParameters, readonly ListTreeRow[]> = {
  asc: many({
  name: "tasks/listTree",
  prepared: true,
  readsOnly: true,
  parameters: ["rootId","depthMax","afterDepth","afterSequence","limit"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], depth: row[19], isCut: row[20] }),
  elements: {},
  text: `with recursive walk as (
  select root.id::text as id, root.sequence, 0 as depth
  from holdfast.tasks as root
  where root.id = $1
  union all
  select child.id::text, child.sequence, walk.depth + 1
  from walk
  join holdfast.tasks as child on child.parent_id = walk.id
  where walk.depth < $2::integer and child.id <> $1
), page as materialized (
  select walk.id, walk.depth, walk.sequence
  from walk
  where (walk.depth, walk.sequence) > ($3::integer, $4::bigint)
  order by walk.depth, walk.sequence
  limit $5
)
select task.id as "id!", task.execution_id as "execution_id!", task.sequence as "sequence!", task.version as "version!",
  task.parent_id as "parent_id?", task.name as "name!", task.type as "type!", task.status as "status!",
  task.strategy as "strategy!", task.attempt as "attempt!", task.component as "component?", task.agent as "agent?",
  task.action as "action?", task.tool as "tool?", task.usage as "usage!", task.created_at as "created_at!",
  task.updated_at as "updated_at!", task.started_at as "started_at?", task.finished_at as "finished_at?", page.depth as "depth!",
  exists (
    select from walk as deepest
    join holdfast.tasks as below on below.parent_id = deepest.id
    where deepest.depth = $2 and below.id <> $1
  ) as "is_cut!"
from page
join holdfast.tasks as task on task.id = page.id
order by page.depth, page.sequence`,
}),
  desc: many({
  name: "tasks/listTree desc",
  prepared: true,
  readsOnly: true,
  parameters: ["rootId","depthMax","afterDepth","afterSequence","limit"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], depth: row[19], isCut: row[20] }),
  elements: {},
  text: `with recursive walk as (
  select root.id::text as id, root.sequence, 0 as depth
  from holdfast.tasks as root
  where root.id = $1
  union all
  select child.id::text, child.sequence, walk.depth + 1
  from walk
  join holdfast.tasks as child on child.parent_id = walk.id
  where walk.depth < $2::integer and child.id <> $1
), page as materialized (
  select walk.id, walk.depth, walk.sequence
  from walk
  where (walk.depth, walk.sequence) < ($3::integer, $4::bigint)
  order by walk.depth desc, walk.sequence desc
  limit $5
)
select task.id as "id!", task.execution_id as "execution_id!", task.sequence as "sequence!", task.version as "version!",
  task.parent_id as "parent_id?", task.name as "name!", task.type as "type!", task.status as "status!",
  task.strategy as "strategy!", task.attempt as "attempt!", task.component as "component?", task.agent as "agent?",
  task.action as "action?", task.tool as "tool?", task.usage as "usage!", task.created_at as "created_at!",
  task.updated_at as "updated_at!", task.started_at as "started_at?", task.finished_at as "finished_at?", page.depth as "depth!",
  exists (
    select from walk as deepest
    join holdfast.tasks as below on below.parent_id = deepest.id
    where deepest.depth = $2 and below.id <> $1
  ) as "is_cut!"
from page
join holdfast.tasks as task on task.id = page.id
order by page.depth desc, page.sequence desc`,
}),
};

/** The parameters of {@link lockParent}. */
export interface LockParentParameters {
  readonly parentId: string;
}

/**
 * Locks the parent of new children. Fails with HF004 if it does not exist, and with HF003 if its execution has ended.
 * Index: tasks_pkey, executions_pkey. Locks: the execution, then the task, both shared.
 */
export const lockParent: StatementFunction<LockParentParameters, void> = exec({
  name: "tasks/lockParent",
  prepared: true,
  readsOnly: false,
  parameters: ["parentId"],
  object: () => ({}),
  elements: {},
  text: `with owner as materialized (
  select execution.id, execution.status
  from holdfast.executions as execution
  where execution.id = (select parent.execution_id from holdfast.tasks as parent where parent.id = $1)
  for key share
), locked as materialized (
  select task.id
  from holdfast.tasks as task
  where task.id = $1 and (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  for key share
)
select holdfast.fail('HF004', format('parentId is %s, which does not exist: save the parent first', $1::text),
  json_build_object('field', 'parentId', 'entity', 'task', 'id', $1::text)) as "failed!"
where not exists (select from locked)`,
});

/** The parameters of {@link lockTask}. */
export interface LockTaskParameters {
  readonly id: string;
}

/** A row of {@link lockTask}. */
export interface LockTaskRow {
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
}

/**
 * Locks one task until the transaction ends.
 * Index: tasks_pkey. Locks: the task.
 */
export const lockTask: InEachLockMode<LockTaskParameters, LockTaskRow | null> = {
  wait: maybe({
  name: "tasks/lockTask",
  prepared: true,
  readsOnly: false,
  parameters: ["id"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where id = $1
for update`,
}),
  nowait: maybe({
  name: "tasks/lockTask nowait",
  prepared: true,
  readsOnly: false,
  parameters: ["id"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where id = $1
for update nowait`,
}),
  skip_locked: maybe({
  name: "tasks/lockTask skip_locked",
  prepared: true,
  readsOnly: false,
  parameters: ["id"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where id = $1
for update skip locked`,
}),
};

/** The parameters of {@link lockTasks}. */
export interface LockTasksParameters {
  readonly ids: readonly string[];
}

/**
 * Locks the tasks that several statements of a plan will write, all in one order.
 * Index: tasks_pkey. Locks: tasks by id, the greatest first.
 */
export const lockTasks: StatementFunction<LockTasksParameters, void> = exec({
  name: "tasks/lockTasks",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: () => ({}),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select task.id
  from (
    select given.id from unnest((select $1::text[])) as given(id) order by given.id collate "C" desc
  ) as input
  cross join lateral (
    select stored.id from holdfast.tasks as stored where stored.id = input.id for no key update
  ) as task
)
select count(*) as "locked!"
from locked`,
});

/** The parameters of {@link newestChild}. */
export interface NewestChildParameters {
  readonly parentId: string;
  readonly name: string;
}

/** A row of {@link newestChild}. */
export interface NewestChildRow {
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
}

/**
 * The newest attempt of a child, by name.
 * Index: tasks_of_parent_by_name.
 */
export const newestChild: StatementFunction<NewestChildParameters, NewestChildRow | null> = maybe({
  name: "tasks/newestChild",
  prepared: true,
  readsOnly: true,
  parameters: ["parentId","name"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where parent_id = $1 and name = $2
order by attempt desc, sequence desc
limit 1`,
});

/** The parameters of {@link newestRoot}. */
export interface NewestRootParameters {
  readonly executionId: string;
  readonly name: string;
}

/** A row of {@link newestRoot}. */
export interface NewestRootRow {
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
}

/**
 * The newest attempt of a task without a parent, by name within an execution.
 * Index: tasks_roots_by_name.
 */
export const newestRoot: StatementFunction<NewestRootParameters, NewestRootRow | null> = maybe({
  name: "tasks/newestRoot",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","name"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], input: row[19], output: row[20], error: row[21] }),
  elements: {},
  text: `select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where execution_id = $1 and name = $2 and parent_id is null
order by attempt desc, sequence desc
limit 1`,
});

/** The parameters of {@link outputsOfChildren}. */
export interface OutputsOfChildrenParameters {
  readonly parentId: string;
}

/** A row of {@link outputsOfChildren}. */
export interface OutputsOfChildrenRow {
  readonly name: string;
  readonly output: JsonText;
}

/**
 * The outputs of a task's children by name, from the newest attempt of each. Children without an output are left out.
 * Index: tasks_of_parent_by_name, or tasks_of_parent and a sort.
 */
export const outputsOfChildren: StatementFunction<OutputsOfChildrenParameters, readonly OutputsOfChildrenRow[]> = many({
  name: "tasks/outputsOfChildren",
  prepared: true,
  readsOnly: true,
  parameters: ["parentId"],
  object: (row) => ({ name: row[0], output: row[1] }),
  elements: {},
  text: `select newest.name as "name!", newest.output as "output!"
from (
  select distinct on (child.name) child.name, child.output
  from holdfast.tasks as child
  where child.parent_id = $1
  order by child.name, child.attempt desc, child.sequence desc
) as newest
where newest.output is not null
order by newest.name`,
});

/** The parameters of {@link pagesOfTasks}. */
export interface PagesOfTasksParameters {
  readonly executionId: string;
  readonly parentId: string;
  readonly statuses: readonly Status[];
  readonly size: number;
}

/** A row of {@link pagesOfTasks}. */
export interface PagesOfTasksRow {
  readonly last: number;
  readonly count: number;
}

/**
 * The last task of each page of a level of an execution's tree, in creation order, with the number of tasks in that page. Parent '' means
 * the tasks without one.
 * Index: tasks_of_parent, or tasks_of_execution.
 */
export const pagesOfTasks: StatementFunction<PagesOfTasksParameters, readonly PagesOfTasksRow[]> = many({
  name: "tasks/pagesOfTasks",
  prepared: false,
  readsOnly: true,
  parameters: ["executionId","parentId","statuses","size"],
  object: (row) => ({ last: row[0], count: row[1] }),
  elements: {},
  text: `with level as (
  select task.sequence, row_number() over (order by task.sequence) - 1 as place
  from holdfast.tasks as task
  where task.execution_id = $1
    and ($2 = '' and task.parent_id is null or task.parent_id = $2)
    and (cardinality($3::holdfast.status[]) = 0 or task.status = any($3::holdfast.status[]))
)
select max(level.sequence) as "last!", count(*) as "count!"
from level
group by level.place / $4::bigint
order by level.place / $4::bigint`,
});

/** The parameters of {@link parentsOfTasks}. */
export interface ParentsOfTasksParameters {
  readonly ids: readonly string[];
}

/** A row of {@link parentsOfTasks}. */
export interface ParentsOfTasksRow {
  readonly id: string;
  readonly parentId: string | null;
}

/**
 * The parents of those tasks that exist.
 * Index: tasks_pkey.
 */
export const parentsOfTasks: StatementFunction<ParentsOfTasksParameters, readonly ParentsOfTasksRow[]> = many({
  name: "tasks/parentsOfTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ id: row[0], parentId: row[1] }),
  elements: {"ids":"text"},
  text: `select id, parent_id
from holdfast.tasks
where id = any ($1::text[])`,
});

/** The parameters of {@link placesOfTree}. */
export interface PlacesOfTreeParameters {
  readonly rootId: string;
  readonly afterDepth: number;
  readonly afterSequence: number;
  readonly limit: number;
  readonly pageTasks: number;
}

/** A row of {@link placesOfTree}. */
export interface PlacesOfTreeRow {
  readonly depths: string;
  readonly sequences: string;
  readonly lastDepth: number;
  readonly lastSequence: number;
}

/**
 * The places of a tree's tasks, in the order of list_tree, after a given place. Each row has the places of one page, as arrays for
 * tasks_at_places. So one walk of the tree serves many pages. One array is cut into pages, because aggregating each page takes three
 * times as long.
 * Index: tasks_pkey, tasks_of_parent.
 */
export const placesOfTree: StatementFunction<PlacesOfTreeParameters, readonly PlacesOfTreeRow[]> = many({
  name: "tasks/placesOfTree",
  prepared: true,
  readsOnly: true,
  parameters: ["rootId","afterDepth","afterSequence","limit","pageTasks"],
  object: (row) => ({ depths: row[0], sequences: row[1], lastDepth: row[2], lastSequence: row[3] }),
  elements: {},
  text: `with recursive walk as (
  select root.id::text as id, root.sequence, 0 as depth
  from holdfast.tasks as root
  where root.id = $1
  union all
  select child.id::text, child.sequence, walk.depth + 1
  from walk
  join holdfast.tasks as child on child.parent_id = walk.id
  where child.id <> $1
), place as (
  select walk.depth, walk.sequence
  from walk
  where (walk.depth, walk.sequence) > ($2::integer, $3::bigint)
  order by walk.depth, walk.sequence
  limit (select $4::bigint)
), places as materialized (
  select array_agg(place.depth) as depths, array_agg(place.sequence) as sequences, count(*)::integer as total
  from place
)
select places.depths[page.first : page.last]::text as "depths!", places.sequences[page.first : page.last]::text as "sequences!",
  places.depths[page.last] as "last_depth!", places.sequences[page.last] as "last_sequence!"
from places
cross join lateral (
  select first, least(first + $5::integer - 1, places.total) as last
  from generate_series(1, places.total, $5::integer) as first
) as page
order by page.first`,
});

/** The parameters of {@link progressOfChildren}. */
export interface ProgressOfChildrenParameters {
  readonly parentId: string;
}

/** A row of {@link progressOfChildren}. */
export interface ProgressOfChildrenRow {
  readonly pending: number;
  readonly running: number;
  readonly waiting: number;
  readonly paused: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly canceled: number;
  readonly overall: Status;
}

/**
 * Counts the children of a task by status, and derives the task's status by its strategy. Of several attempts under one name, the newest
 * counts. All children are counted, and the few that a later attempt replaced are subtracted.
 * Index: tasks_pkey, tasks_of_parent, tasks_retried, tasks_of_parent_by_name.
 */
export const progressOfChildren: StatementFunction<ProgressOfChildrenParameters, ProgressOfChildrenRow | null> = maybe({
  name: "tasks/progressOfChildren",
  prepared: true,
  readsOnly: true,
  parameters: ["parentId"],
  object: (row) => ({ pending: row[0], running: row[1], waiting: row[2], paused: row[3], succeeded: row[4], failed: row[5], timedOut: row[6], canceled: row[7], overall: row[8] }),
  elements: {},
  text: `with retried as materialized (
  select task.name, max(task.attempt) as newest
  from holdfast.tasks as task
  where task.execution_id = (select parent.execution_id from holdfast.tasks as parent where parent.id = $1)
    and task.parent_id = $1 and task.attempt > 1
  group by task.name
), counted as (
  select child.status, count(*) as tasks
  from holdfast.tasks as child
  where child.parent_id = $1
  group by child.status
  union all
  select former.status, -count(*)
  from retried
  join holdfast.tasks as former on former.parent_id = $1 and former.name = retried.name and former.attempt < retried.newest
  group by former.status
), total as (
  select coalesce(sum(counted.tasks), 0)::bigint as tasks,
    coalesce(sum(counted.tasks) filter (where counted.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(counted.tasks) filter (where counted.status = 'running'), 0)::bigint as running,
    coalesce(sum(counted.tasks) filter (where counted.status = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(counted.tasks) filter (where counted.status = 'paused'), 0)::bigint as paused,
    coalesce(sum(counted.tasks) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.tasks) filter (where counted.status = 'failed'), 0)::bigint as failed,
    coalesce(sum(counted.tasks) filter (where counted.status = 'timed_out'), 0)::bigint as timed_out,
    coalesce(sum(counted.tasks) filter (where counted.status = 'canceled'), 0)::bigint as canceled
  from counted
)
select total.pending as "pending!", total.running as "running!", total.waiting as "waiting!", total.paused as "paused!",
  total.succeeded as "succeeded!", total.failed as "failed!", total.timed_out as "timed_out!", total.canceled as "canceled!",
  holdfast.overall_status(parent.strategy, total.tasks, total.pending, total.running + total.waiting + total.paused,
    total.succeeded, total.failed, total.timed_out, total.canceled) as "overall!"
from holdfast.tasks as parent
cross join total
where parent.id = $1`,
});

/** The parameters of {@link progressOfExecution}. */
export interface ProgressOfExecutionParameters {
  readonly executionId: string;
}

/** A row of {@link progressOfExecution}. */
export interface ProgressOfExecutionRow {
  readonly pending: number;
  readonly running: number;
  readonly waiting: number;
  readonly paused: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly canceled: number;
  readonly overall: Status;
}

/**
 * Counts the tasks of an execution by status, at any depth. The tasks without a parent stand for those below them, so they give the
 * execution its status by its strategy. Of several attempts under one parent and name, the newest counts. All tasks are counted, and the
 * few that a later attempt replaced are subtracted.
 * Index: executions_pkey, tasks_of_execution, tasks_retried, tasks_of_parent_by_name.
 */
export const progressOfExecution: StatementFunction<ProgressOfExecutionParameters, ProgressOfExecutionRow | null> = maybe({
  name: "tasks/progressOfExecution",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId"],
  object: (row) => ({ pending: row[0], running: row[1], waiting: row[2], paused: row[3], succeeded: row[4], failed: row[5], timedOut: row[6], canceled: row[7], overall: row[8] }),
  elements: {},
  text: `with retried as materialized (
  select task.parent_id, task.name, max(task.attempt) as newest
  from holdfast.tasks as task
  where task.execution_id = $1 and task.attempt > 1
  group by task.parent_id, task.name
), counted as (
  select task.status, count(*) as tasks, count(task.parent_id) as children
  from holdfast.tasks as task
  where task.execution_id = $1
  group by task.status
  union all
  select former.status, -count(*), -count(*)
  from retried
  join holdfast.tasks as former on former.parent_id = retried.parent_id and former.name = retried.name
    and former.attempt < retried.newest
  group by former.status
  union all
  select root.status, -count(*), 0
  from (
    select task.status, task.attempt < max(task.attempt) over (partition by task.name) as is_former
    from holdfast.tasks as task
    where task.execution_id = $1 and task.parent_id is null
      and exists (select from retried where retried.parent_id is null)
  ) as root
  where root.is_former
  group by root.status
), total as (
  select coalesce(sum(counted.tasks - counted.children), 0)::bigint as root_total,
    coalesce(sum(counted.tasks) filter (where counted.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(counted.tasks) filter (where counted.status = 'running'), 0)::bigint as running,
    coalesce(sum(counted.tasks) filter (where counted.status = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(counted.tasks) filter (where counted.status = 'paused'), 0)::bigint as paused,
    coalesce(sum(counted.tasks) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.tasks) filter (where counted.status = 'failed'), 0)::bigint as failed,
    coalesce(sum(counted.tasks) filter (where counted.status = 'timed_out'), 0)::bigint as timed_out,
    coalesce(sum(counted.tasks) filter (where counted.status = 'canceled'), 0)::bigint as canceled,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'pending'), 0)::bigint as root_pending,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status in ('running', 'waiting', 'paused')), 0)::bigint
      as root_running,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'succeeded'), 0)::bigint as root_succeeded,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'failed'), 0)::bigint as root_failed,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'timed_out'), 0)::bigint as root_timed_out,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'canceled'), 0)::bigint as root_canceled
  from counted
)
select total.pending as "pending!", total.running as "running!", total.waiting as "waiting!", total.paused as "paused!",
  total.succeeded as "succeeded!", total.failed as "failed!", total.timed_out as "timed_out!", total.canceled as "canceled!",
  holdfast.overall_status(execution.strategy, total.root_total, total.root_pending, total.root_running, total.root_succeeded,
    total.root_failed, total.root_timed_out, total.root_canceled) as "overall!"
from holdfast.executions as execution
cross join total
where execution.id = $1`,
});

/** The parameters of {@link propagateTasks}. */
export interface PropagateTasksParameters {
  readonly starts: readonly string[];
}

/** A row of {@link propagateTasks}. */
export interface PropagateTasksRow {
  readonly id: string;
  readonly parentId: string | null;
  readonly status: Status;
  readonly version: number;
}

/**
 * Propagates the status of tasks upwards, and returns the tasks that changed, deepest first. Fails with HF003 in an ended execution.
 * Index: tasks_pkey, tasks_of_parent, executions_pkey. Locks: the executions, shared; then the tasks and their ancestors as far as they
 * change, deepest first, then by id, the greatest first.
 */
export const propagateTasks: StatementFunction<PropagateTasksParameters, readonly PropagateTasksRow[]> = many({
  name: "tasks/propagateTasks",
  prepared: true,
  readsOnly: false,
  parameters: ["starts"],
  object: (row) => ({ id: row[0], parentId: row[1], status: row[2], version: row[3] }),
  elements: {"starts":"text"},
  text: `select changed.task_id as "id!", changed.task_parent_id as "parent_id?", changed.task_status as "status!",
  changed.task_version as "version!"
from holdfast.propagate($1::text[]) as changed`,
});

/** The parameters of {@link saveTask}. */
export interface SaveTaskParameters {
  readonly id: string;
  readonly executionId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType | null;
  readonly status: Status | null;
  readonly strategy: Strategy | null;
  readonly attempt: number | null;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly input: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly expected: number | null;
}

/** A row of {@link saveTask}. */
export interface SaveTaskRow {
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
}

/**
 * Writes one task, as `save_tasks` does, in half the time.
 * Index: tasks_pkey, executions_pkey. Locks: the execution, shared; then the task.
 */
export const saveTask: StatementFunction<SaveTaskParameters, SaveTaskRow> = one({
  name: "tasks/saveTask",
  prepared: true,
  readsOnly: false,
  parameters: ["id","executionId","parentId","name","type","status","strategy","attempt","component","agent","action","tool","input","output","error","expected"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18] }),
  elements: {},
  text: `select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?"
from holdfast.save_task(
  $1::text, $2::text, $3::text, $4::text, $5::holdfast.task_type, $6::holdfast.status,
  $7::holdfast.strategy, $8::integer, $9::text, $10::text, $11::text, $12::text, $13::json,
  $14::json, $15::json, $16::bigint
) as saved`,
});

/** The parameters of {@link saveTasks}. */
export interface SaveTasksParameters {
  readonly ids: readonly string[];
  readonly executionIds: readonly string[];
  readonly parentIds: readonly (string | null)[];
  readonly names: readonly string[];
  readonly types: readonly (TaskType | null)[];
  readonly statuses: readonly (Status | null)[];
  readonly strategies: readonly (Strategy | null)[];
  readonly attempts: readonly (number | null)[];
  readonly components: readonly (string | null)[];
  readonly agents: readonly (string | null)[];
  readonly actions: readonly (string | null)[];
  readonly tools: readonly (string | null)[];
  readonly inputs: readonly (JsonText | null)[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
  readonly expected: readonly (number | null)[];
  readonly otherIds: readonly string[];
}

/** A row of {@link saveTasks}. */
export interface SaveTasksRow {
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
}

/**
 * Writes tasks. Answers without payloads, in any order. A new row has version 1; each write adds one. Null keeps the stored value, or
 * becomes the default of a new row; '' clears an id. On failure nothing is written. HF001: another version than expected (0: no row yet).
 * HF004: no such execution or parent. HF003: the execution has ended. HF006: the task belongs to another one. New rows get their sequence
 * in input order. Also locks tasks that another statement of the plan will write.
 * Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first. New rows are
 * inserted in that order too.
 */
export const saveTasks: StatementFunction<SaveTasksParameters, readonly SaveTasksRow[]> = many({
  name: "tasks/saveTasks",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","executionIds","parentIds","names","types","statuses","strategies","attempts","components","agents","actions","tools","inputs","outputs","errors","expected","otherIds"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18] }),
  elements: {"ids":"text","executionIds":"text","parentIds":"text","names":"text","components":"text","agents":"text","actions":"text","tools":"text","inputs":"json","outputs":"json","errors":"json","expected":"int8","otherIds":"text"},
  text: `select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?"
from holdfast.save_tasks(
  $1::text[], $2::text[], $3::text[], $4::text[], $5::holdfast.task_type[],
  $6::holdfast.status[], $7::holdfast.strategy[], $8::integer[], $9::text[], $10::text[],
  $11::text[], $12::text[], $13::json[], $14::json[], $15::json[], $16::bigint[], $17::text[]
) as saved`,
});

/** The parameters of {@link setStatuses}. */
export interface SetStatusesParameters {
  readonly ids: readonly string[];
  readonly statuses: readonly Status[];
  readonly outputs: readonly (JsonText | null)[];
  readonly errors: readonly (JsonText | null)[];
  readonly usages: readonly (JsonText | null)[];
  readonly expected: readonly (number | null)[];
  readonly executionIds: readonly (string | null)[];
}

/** A row of {@link setStatuses}. */
export interface SetStatusesRow {
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
}

/**
 * Changes the status of tasks, one per input row. Answers in input order without payloads. A null output or error keeps the stored value.
 * On failure nothing is written. HF004: no such task. HF001: another version than expected. HF006: the task belongs to another execution
 * than given. HF003: the status may not change that way (by the table's trigger), or the execution has ended. Written as an insert that
 * always finds its row; see change_executions.
 * Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first.
 */
export const setStatuses: StatementFunction<SetStatusesParameters, readonly SetStatusesRow[]> = many({
  name: "tasks/setStatuses",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","statuses","outputs","errors","usages","expected","executionIds"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18] }),
  elements: {"ids":"text","outputs":"json","errors":"json","expected":"int8","executionIds":"text"},
  text: `with input as materialized (
  select given.id collate "C" as id, given.status, given.output, given.error, given.usage, given.expected,
    given.execution_id, given.position
  from unnest((select $1::text[]), $2::holdfast.status[], $3::json[], $4::json[], $5::jsonb[],
    $6::bigint[], $7::text[]) with ordinality as given(id, status, output, error, usage, expected, execution_id, position)
), owner as materialized (
  select execution.id, execution.status
  from (
    select distinct task.execution_id as id
    from input
    cross join lateral (select stored.execution_id from holdfast.tasks as stored where stored.id = input.id limit 1) as task
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), written as (
  insert into holdfast.tasks as stored (id, execution_id, sequence, version, name, type, status, strategy, attempt, created_at, updated_at,
    started_at, finished_at, output, error, usage) overriding system value
  select input.id, coalesce(input.execution_id, '-'), nextval('holdfast.tasks_sequence_seq'), 0, '-', 'basic', input.status, 'wait_all', 1, holdfast.now(), holdfast.now(),
    holdfast.started_at(null, input.status), holdfast.finished_at(null, input.status), input.output, input.error,
    coalesce(input.usage, '{}')
  from input
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0 and case
    when (select present.version from holdfast.tasks as present where present.id = input.id) is null then
      holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
        json_build_object('entity', 'task', 'id', input.id))
    else true
  end
  order by input.id desc
  on conflict (id) do update set
    status = excluded.status, version = stored.version + 1, updated_at = excluded.updated_at,
    started_at = coalesce(stored.started_at, excluded.started_at), finished_at = coalesce(stored.finished_at, excluded.finished_at),
    output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error),
    usage = case when excluded.usage = '{}' then stored.usage else holdfast.add_usage(stored.usage, excluded.usage) end
  where case
    when excluded.execution_id <> stored.execution_id and excluded.id in (select input.id from input where input.execution_id is not null) then
      holdfast.fail('HF006', format('task %s belongs to another execution than %s', stored.id, excluded.execution_id),
        json_build_object('field', 'taskStatuses', 'entity', 'task', 'id', stored.id))
    when excluded.id in (select input.id from input where input.expected is not null)
      and (stored.id, stored.version) not in (select input.id, input.expected from input where input.expected is not null)
    then
      holdfast.fail('HF001', format('task %s is not at the expected version', stored.id), json_build_object('entity', 'task', 'id', stored.id,
        'expected', (select input.expected from input where input.id = stored.id), 'actual', stored.version))
    else true
  end
  returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
    stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
    stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
)
select written.id as "id!", written.execution_id as "execution_id!", written.sequence as "sequence!",
  written.version as "version!", written.parent_id as "parent_id?", written.name as "name!", written.type as "type!",
  written.status as "status!", written.strategy as "strategy!", written.attempt as "attempt!",
  written.component as "component?", written.agent as "agent?", written.action as "action?", written.tool as "tool?",
  written.usage as "usage!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.started_at as "started_at?", written.finished_at as "finished_at?"
from input
full join written on written.id = input.id
where case
  when written.version = 0 then
    holdfast.fail('HF004', format('task %s does not exist: save it first', input.id),
      json_build_object('entity', 'task', 'id', input.id))
  else true
end
order by input.position`,
});

/** The parameters of {@link taskExists}. */
export interface TaskExistsParameters {
  readonly id: string;
}

/** A row of {@link taskExists}. */
export interface TaskExistsRow {
  readonly id: string;
}

/**
 * Whether a task exists, locked or not.
 * Index: tasks_pkey.
 */
export const taskExists: StatementFunction<TaskExistsParameters, TaskExistsRow | null> = maybe({
  name: "tasks/taskExists",
  prepared: true,
  readsOnly: true,
  parameters: ["id"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `select id
from holdfast.tasks
where id = $1`,
});

/** The parameters of {@link tasksAtPlaces}. */
export interface TasksAtPlacesParameters {
  readonly sequences: string;
  readonly depths: string;
}

/** A row of {@link tasksAtPlaces}. */
export interface TasksAtPlacesRow {
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
  readonly depth: number;
}

/**
 * The tasks at places of a tree, without payloads, in the order of the places. Missing ones are left out.
 * Index: tasks_sequence.
 */
export const tasksAtPlaces: StatementFunction<TasksAtPlacesParameters, readonly TasksAtPlacesRow[]> = many({
  name: "tasks/tasksAtPlaces",
  prepared: true,
  readsOnly: true,
  parameters: ["sequences","depths"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], depth: row[19] }),
  elements: {},
  text: `select task.id as "id!", task.execution_id as "execution_id!", task.sequence as "sequence!", task.version as "version!",
  task.parent_id as "parent_id?", task.name as "name!", task.type as "type!", task.status as "status!",
  task.strategy as "strategy!", task.attempt as "attempt!", task.component as "component?", task.agent as "agent?",
  task.action as "action?", task.tool as "tool?", task.usage as "usage!", task.created_at as "created_at!",
  task.updated_at as "updated_at!", task.started_at as "started_at?", task.finished_at as "finished_at?", place.depth as "depth!"
from unnest((select $1::text)::bigint[], (select $2::text)::integer[]) as place (sequence, depth)
join holdfast.tasks as task on task.sequence = place.sequence
order by place.depth, place.sequence`,
});

/** The parameters of {@link tasksInWindow}. */
export interface TasksInWindowParameters {
  readonly executionId: string;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly afterMoment: string | null;
  readonly afterSequence: number | null;
  readonly limit: number;
}

/** A row of {@link tasksInWindow}. */
export interface TasksInWindowRow {
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
  readonly micros: string;
}

/**
 * The tasks of an execution that ran at some time in a window, by start and then by creation, after a given place, without payloads.
 * Index: tasks_of_execution. All started tasks of the execution are read, and sorted up to the limit.
 */
export const tasksInWindow: StatementFunction<TasksInWindowParameters, readonly TasksInWindowRow[]> = many({
  name: "tasks/tasksInWindow",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","from","to","afterMoment","afterSequence","limit"],
  object: (row) => ({ id: row[0], executionId: row[1], sequence: row[2], version: row[3], parentId: row[4], name: row[5], type: row[6], status: row[7], strategy: row[8], attempt: row[9], component: row[10], agent: row[11], action: row[12], tool: row[13], usage: row[14], createdAt: row[15], updatedAt: row[16], startedAt: row[17], finishedAt: row[18], micros: row[19] }),
  elements: {},
  text: `select task.id, task.execution_id, task.sequence, task.version, task.parent_id, task.name, task.type, task.status, task.strategy,
  task.attempt, task.component, task.agent, task.action, task.tool, task.usage, task.created_at, task.updated_at, task.started_at,
  task.finished_at, (extract(epoch from task.started_at) * 1000000)::bigint::text as "micros!"
from holdfast.tasks as task
where task.execution_id = $1 and task.started_at is not null
  and ($2::timestamptz is null or coalesce(task.finished_at, holdfast.now()) >= $2)
  and ($3::timestamptz is null or task.started_at <= $3)
  and ($4::text is null
    or (task.started_at, task.sequence) > ($4::text::timestamptz, $5::bigint))
order by task.started_at, task.sequence
limit $6`,
});

/** The parameters of {@link timelineOfTasks}. */
export interface TimelineOfTasksParameters {
  readonly executionId: string;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly parts: number;
}

/** A row of {@link timelineOfTasks}. */
export interface TimelineOfTasksRow {
  readonly firstAt: Date;
  readonly endedAt: Date;
  readonly now: Date;
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly part: number;
  readonly started: number;
  readonly finished: number;
  readonly failed: number;
}

/**
 * When the tasks of an execution started and ended, counted in equal parts of a window: 0 is before it, and `parts` + 1 after it. The end of
 * the window belongs to its last part. The window is from the first start to the last end, or to now while a task runs. Without a started
 * task there is no row.
 * Index: tasks_of_execution.
 */
export const timelineOfTasks: StatementFunction<TimelineOfTasksParameters, readonly TimelineOfTasksRow[]> = many({
  name: "tasks/timelineOfTasks",
  prepared: true,
  readsOnly: true,
  parameters: ["executionId","from","to","parts"],
  object: (row) => ({ firstAt: row[0], endedAt: row[1], now: row[2], fromAt: row[3], toAt: row[4], part: row[5], started: row[6], finished: row[7], failed: row[8] }),
  elements: {},
  text: `with span as materialized (
  select min(task.started_at) as first_at, max(task.finished_at) as last_at,
    bool_or(task.finished_at is null) as is_running, holdfast.now() as moment
  from holdfast.tasks as task
  where task.execution_id = $1 and task.started_at is not null
), frame as materialized (
  select span.first_at, case when span.is_running then span.moment else span.last_at end as ended_at, span.moment,
    coalesce($2::timestamptz, span.first_at) as from_at,
    coalesce($3::timestamptz, case when span.is_running then span.moment else span.last_at end) as to_at
  from span
  where span.first_at is not null
), bounded as materialized (
  select frame.first_at, frame.ended_at, frame.moment, frame.from_at,
    greatest(frame.to_at, frame.from_at + interval '1 millisecond') as to_at
  from frame
), mark as (
  select
    case when task.started_at = bounded.to_at then $4::integer
      else width_bucket(extract(epoch from task.started_at)::float8, extract(epoch from bounded.from_at)::float8,
        extract(epoch from bounded.to_at)::float8, $4::integer)
    end as started,
    case when task.finished_at = bounded.to_at then $4::integer
      else width_bucket(extract(epoch from task.finished_at)::float8, extract(epoch from bounded.from_at)::float8,
        extract(epoch from bounded.to_at)::float8, $4::integer)
    end as finished,
    task.status in ('failed', 'timed_out') as is_failed
  from bounded
  join holdfast.tasks as task on task.execution_id = $1 and task.started_at is not null
), counted as (
  select mark.started as part, count(*) as started, 0::bigint as finished, 0::bigint as failed from mark group by mark.started
  union all
  select mark.finished, 0, count(*), count(*) filter (where mark.is_failed) from mark where mark.finished is not null group by mark.finished
)
select bounded.first_at as "first_at!", bounded.ended_at as "ended_at!", bounded.moment as "now!", bounded.from_at as "from_at!",
  bounded.to_at as "to_at!", counted.part as "part!", sum(counted.started)::bigint as "started!", sum(counted.finished)::bigint as "finished!",
  sum(counted.failed)::bigint as "failed!"
from bounded
cross join counted
group by bounded.first_at, bounded.ended_at, bounded.moment, bounded.from_at, bounded.to_at, counted.part
order by counted.part`,
});
