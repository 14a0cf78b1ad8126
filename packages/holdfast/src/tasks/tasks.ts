import { encodeOptional } from "../core/codec.ts";
import { type Status, statusLabels } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkKey,
  checkLimit,
  checkOneOf,
  checkOptionalBoolean,
  checkOptionalCount,
  checkOrder,
  type Page,
  toPage,
} from "../core/input.ts";
import { encodeItems } from "../core/items.ts";
import { iterate, numberAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import { encodeError } from "../core/thrown.ts";
import { encodeUsage, type Usage } from "../core/usage.ts";
import { type Lock, type Lockable, lockOf } from "../session/row-locks.ts";
import type { Session } from "../session/session.ts";
import { encodeChild, encodeTask } from "./encoded-task.ts";
import { overviewsOf, type TaskOverviews } from "./overviews.ts";
import { type Progress, toProgress } from "./progress.ts";
import {
  countTasks,
  getTask,
  type GetTaskRow,
  listTasks,
  lockTask,
  newestChild,
  newestRoot,
  outputsOfChildren,
  progressOfChildren,
  progressOfExecution,
  taskExists,
} from "./statements.generated.ts";
import { encodeFilter, filterNames, type TaskFilter, type TaskListRequest } from "./task-filter.ts";
import {
  readTree,
  type TaskTree,
  type TaskTreeNode,
  type TaskTreeRequest,
  treeRequest,
  walkTree,
} from "./task-tree.ts";
import {
  addTaskUsage,
  createChildrenOf,
  type PropagatedTask,
  propagateTasks,
  saveTasks,
  setTaskStatuses,
} from "./task-writes.ts";
import { type ChildInput, type Task, type TaskInput, type TaskSummary, toTask } from "./task.ts";

export type { Progress } from "./progress.ts";
export type { ChildInput, Task, TaskInput, TaskSummary } from "./task.ts";
export type { TaskFilter, TaskListRequest } from "./task-filter.ts";
export type { PropagatedTask } from "./task-writes.ts";

/** Further fields of a status change. */
export interface TaskStatusChange {
  /** Unchanged if it is omitted. */
  readonly output?: unknown;
  /** Unchanged if it is omitted. */
  readonly error?: unknown;
  /** Added to the counters. */
  readonly usage?: Usage | undefined;
  /** Refuses the change at another version. */
  readonly expectedVersion?: number | undefined;
}

/** The units of work of executions; they form trees by `parentId`. */
export interface Tasks extends TaskOverviews {
  /**
   * Creates or updates a task. Omitted fields keep their stored values.
   *
   * @throws ConflictError unless it is at `expectedVersion`, or if its status may not change that way.
   * @throws NotFoundError if the execution or the parent does not exist.
   * @throws InvalidInputError for a parent that would make the task its own ancestor.
   */
  save(input: TaskInput): Promise<TaskSummary>;
  /** Like `save`, all or nothing, in input order. Parents may be among them; above 10,000, they come before their children. */
  saveMany(inputs: readonly TaskInput[]): Promise<readonly TaskSummary[]>;
  /**
   * Changes the status of a task.
   *
   * @throws NotFoundError
   * @throws ConflictError as `save`.
   */
  setStatus(id: string, status: Status, change?: TaskStatusChange): Promise<TaskSummary>;
  /** Adds to the counters of a task in any status, and returns the sums. @throws NotFoundError */
  addUsage(id: string, usage: Usage): Promise<Usage>;
  /** null if the task does not exist. */
  get(id: string): Promise<Task | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Task>;
  /**
   * Locks a task until the transaction ends, and returns it as it then is. With `mode` "skip_locked", returns null if another transaction
   * holds it.
   *
   * @throws ConflictError (retryable) with `mode` "nowait" if another transaction holds it.
   * @throws InvalidInputError outside a transaction.
   * @throws NotFoundError
   */
  readonly lock: Lock<Task>;
  /** In creation order. */
  list(request?: TaskListRequest): Promise<Page<Task>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: TaskListRequest): AsyncGenerator<Task, void, undefined>;
  count(filter?: TaskFilter): Promise<number>;
  /** In creation order, with all attempts of each name. */
  children(parentId: string, request?: Omit<TaskListRequest, "parentId">): Promise<Page<Task>>;
  /** Every item of `children`, read in pages of `limit`. */
  iterateChildren(parentId: string, request?: Omit<TaskListRequest, "parentId">): AsyncGenerator<Task, void, undefined>;
  /** By name, from the newest attempt of each. Children without an output are left out. Reads all of them at once. */
  childrenOutputs(parentId: string): Promise<ReadonlyMap<string, unknown>>;
  /** The newest attempt: the highest number, then the latest created. null if there is none. */
  child(parentId: string, name: string): Promise<Task | null>;
  /** Like `child`, among the tasks of an execution without a parent. */
  root(executionId: string, name: string): Promise<Task | null>;
  /**
   * Creates tasks under a parent, in its execution, all or none, in the given order.
   *
   * @throws NotFoundError if the parent does not exist.
   * @throws DuplicateError if an id is taken.
   */
  createChildren(parentId: string, children: readonly ChildInput[]): Promise<readonly TaskSummary[]>;
  /** A task and its descendants. @throws NotFoundError */
  tree(rootId: string, request?: TaskTreeRequest): Promise<TaskTree>;
  /**
   * Like `tree`, at any size and depth, in bounded memory. Outside a transaction, each task is read when its turn comes; new ones may be
   * missing.
   */
  walk(rootId: string): AsyncGenerator<TaskTreeNode, void, undefined>;
  /** The progress of a task's children. Of several attempts under one name, the newest counts. @throws NotFoundError */
  progress(parentId: string): Promise<Progress>;
  /**
   * The progress of an execution. Counts its tasks at every depth; `overall` comes from those without a parent, which stand for the tasks
   * below them. @throws NotFoundError
   */
  progressOfExecution(executionId: string): Promise<Progress>;
  /**
   * Gives a task the status that results from its children, then its parent, and so on until one does not change. A task without
   * children, or one that has ended, is passed over to its parent. Returns the tasks that changed, from the start up. @throws
   * NotFoundError
   */
  propagate(id: string): Promise<readonly PropagatedTask[]>;
}

const statusChange: Fields<TaskStatusChange> = fieldsOf<TaskStatusChange>({
  output: true,
  error: true,
  usage: true,
  expectedVersion: true,
});

const countFilter: Fields<TaskFilter> = fieldsOf<TaskFilter>(filterNames);

const { parentId: parentIdName, ...childNames } = { ...filterNames, payloads: true, ...pageNames } as const;

const listRequest: Fields<TaskListRequest> = fieldsOf<TaskListRequest>({ ...childNames, parentId: parentIdName });

type ChildListRequest = Omit<TaskListRequest, "parentId">;

const childRequest: Fields<ChildListRequest> = fieldsOf<ChildListRequest>(childNames);

const lockable: Lockable<GetTaskRow> = { entity: "task", statements: lockTask, exists: taskExists };

/** The `tasks` of a store or of a transaction. */
export function tasksOf(session: Session): Tasks {
  return { ...writesOf(session), ...readsOf(session), ...treesOf(session), ...overviewsOf(session) };
}

type TaskWrites = Pick<Tasks, "save" | "saveMany" | "setStatus" | "addUsage" | "createChildren" | "propagate">;

function writesOf(session: Session): TaskWrites {
  const { codec } = session;
  return {
    save: async (input) => session.write(saveTasks, encodeTask(codec, input)),
    saveMany: async (inputs) =>
      session.writeAll(
        saveTasks,
        encodeItems(inputs, "inputs", (input, place) => encodeTask(codec, input, place)),
      ),
    setStatus: async (id, status, change) => {
      const { output, error, usage, expectedVersion } = statusChange.readOptional(change, "change");
      return session.write(setTaskStatuses, {
        id: checkId(id, "id"),
        status: checkOneOf(status, "status", statusLabels),
        output: encodeOptional(codec, output, "output"),
        error: encodeError(codec, error, "error"),
        usage: encodeUsage(usage),
        expectedVersion: checkOptionalCount(expectedVersion, "expectedVersion", 1),
        executionId: null,
      });
    },
    addUsage: async (id, usage) =>
      session.write(addTaskUsage, { id: checkId(id, "id"), usage: encodeUsage(usage) ?? "{}" }),
    createChildren: async (parentId, children) => {
      const rows = encodeItems(children, "children", (child, place) => encodeChild(codec, child, place));
      const write = createChildrenOf(checkId(parentId, "parentId"));
      // The parent is checked even if it gets no children.
      return rows.length === 0 ? session.run(write.plan(rows)) : session.writeAll(write, rows);
    },
    propagate: async (id) => found(await session.write(propagateTasks, checkId(id, "id")), "task", id),
  };
}

type TaskReads = Pick<
  Tasks,
  | "get"
  | "require"
  | "lock"
  | "list"
  | "iterate"
  | "count"
  | "children"
  | "iterateChildren"
  | "child"
  | "root"
  | "childrenOutputs"
>;

function readsOf(session: Session): TaskReads {
  const { codec } = session;
  const get = async (id: string): Promise<Task | null> =>
    session.run(mapPlan(getTask({ id: checkId(id, "id") }), (row) => row && toTask(codec, row)));
  const list = async ({ after, limit, payloads, order: given, ...filter }: TaskListRequest): Promise<Page<Task>> => {
    const size = checkLimit(limit);
    const order = checkOrder(given);
    const plan = listTasks[order]({
      ...encodeFilter(filter),
      withPayloads: checkOptionalBoolean(payloads, "payloads") !== false,
      after: numberAfter(after, order),
      limit: size + 1,
    });
    return toPage(
      await session.run(plan),
      size,
      (row) => toTask(codec, row),
      (row) => String(row.sequence),
    );
  };
  const listed = async (request?: TaskListRequest): Promise<Page<Task>> =>
    list(listRequest.readOptional(request, "request"));
  const children = async (parentId: string, request?: Omit<TaskListRequest, "parentId">): Promise<Page<Task>> =>
    list({ ...childRequest.readOptional(request, "request"), parentId: checkId(parentId, "parentId") });
  return {
    get,
    require: async (id) => found(await get(id), "task", id),
    lock: lockOf(session, lockable, { read: (row) => toTask(codec, row), notFound: (id) => notFound("task", id) }),
    list: async (request) => listed(request),
    iterate: (request = {}) => iterate(request, "request", listed),
    count: async (filter = {}) =>
      session.run(mapPlan(countTasks(encodeFilter(countFilter.read(filter, "filter"))), (row) => row.count)),
    children,
    iterateChildren: (parentId, request = {}) => iterate(request, "request", (each) => children(parentId, each)),
    child: async (parentId, name) => {
      const plan = newestChild({ parentId: checkId(parentId, "parentId"), name: checkKey(name, "name") });
      return session.run(mapPlan(plan, (row) => row && toTask(codec, row)));
    },
    root: async (executionId, name) => {
      const plan = newestRoot({ executionId: checkId(executionId, "executionId"), name: checkKey(name, "name") });
      return session.run(mapPlan(plan, (row) => row && toTask(codec, row)));
    },
    childrenOutputs: async (parentId) => {
      const rows = await session.run(outputsOfChildren({ parentId: checkId(parentId, "parentId") }));
      return new Map(rows.map((row) => [row.name, codec.decode(row.output)]));
    },
  };
}

type TaskTrees = Pick<Tasks, "tree" | "walk" | "progress" | "progressOfExecution">;

function treesOf(session: Session): TaskTrees {
  return {
    tree: async (rootId, request) => readTree(session, rootId, treeRequest.readOptional(request, "request")),
    walk: (rootId) => walkTree(session, rootId),
    progress: async (parentId) => {
      const row = await session.run(progressOfChildren({ parentId: checkId(parentId, "parentId") }));
      return toProgress(found(row, "task", parentId));
    },
    progressOfExecution: async (executionId) => {
      const row = await session.run(progressOfExecution({ executionId: checkId(executionId, "executionId") }));
      return toProgress(found(row, "execution", executionId));
    },
  };
}

function found<T>(record: T | null, entity: "task" | "execution", id: string): T {
  return record ?? notFound(entity, id);
}

function notFound(entity: "task" | "execution", id: string): never {
  const message = `${entity === "task" ? "Task" : "Execution"} ${id} does not exist: save it first.`;
  throw new NotFoundError(message, { facts: { entity, id } });
}
