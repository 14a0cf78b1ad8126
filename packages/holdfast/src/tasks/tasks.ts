import { encodeOptional } from "../database/codec.ts";
import { encodeError } from "../database/describe-error.ts";
import { type Status, statusLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf, pageRequest } from "../database/fields.ts";
import {
  checkId,
  checkLimit,
  checkOneOf,
  checkOptionalBoolean,
  checkOptionalCount,
  checkSequenceCursor,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { encodeItems } from "../database/items.ts";
import { iterate } from "../database/iterate.ts";
import { mapPlan } from "../database/plan.ts";
import { lockOf, type LockOptions, type WaitingLock } from "../database/row-locks.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { encodeUsage, type Usage } from "../usage.ts";
import { encodeChild, encodeTask } from "./encoded-task.ts";
import { type Progress, toProgress } from "./progress.ts";
import {
  countTasks,
  getTask,
  listTasks,
  newestChild,
  newestRoot,
  outputsOfChildren,
  progressOfChildren,
  progressOfExecution,
} from "./statements.generated.ts";
import { encodeFilter, filterNames, type TaskFilter, type TaskListRequest } from "./task-filter.ts";
import { lockableTask } from "./task-locks.ts";
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
export type { TaskTree, TaskTreeNode, TaskTreeRequest } from "./task-tree.ts";
export type { PropagatedTask } from "./task-writes.ts";

/** What a change of status may bring along. */
export interface TaskStatusChange {
  /** Kept as it is where it is left out. */
  readonly output?: unknown;
  /** Kept as it is where it is left out. */
  readonly error?: unknown;
  /** Added to the counters. */
  readonly usage?: Usage | undefined;
  /** Refuses the change unless the task is at this version. */
  readonly expectedVersion?: number | undefined;
}

/** The units of work of executions; they form trees by `parentId`. */
export interface Tasks {
  /**
   * Creates a task or changes it. What the input leaves out keeps what is stored.
   *
   * @throws ConflictError unless it is at `expectedVersion`, and where its status may not change so. @throws NotFoundError without the
   * execution or the parent. @throws InvalidInputError for a parent that would make the task its own ancestor.
   */
  save(input: TaskInput): Promise<TaskSummary>;
  /** As `save`, all or nothing; new tasks are created in the order of the inputs, and parents may be among them; above 10,000, before their children. */
  saveMany(inputs: readonly TaskInput[]): Promise<readonly TaskSummary[]>;
  /** Changes the status of a task. @throws NotFoundError. @throws ConflictError as `save`. */
  setStatus(id: string, status: Status, change?: TaskStatusChange): Promise<TaskSummary>;
  /** Adds to the counters of a task, whatever its status; answers the sums. A save leaves them as they are. @throws NotFoundError */
  addUsage(id: string, usage: Usage): Promise<Usage>;
  /** null where there is no such task. */
  get(id: string): Promise<Task | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Task>;
  /**
   * Locks a task until the transaction ends, and gives it as it then is. With `mode` "skip_locked", null where another transaction holds
   * it.
   *
   * @throws ConflictError (retryable) with `mode` "nowait" where another holds it. @throws InvalidInputError outside a transaction.
   * @throws NotFoundError
   */
  lock(id: string, options?: WaitingLock): Promise<Task>;
  lock(id: string, options: LockOptions): Promise<Task | null>;
  /** In the order of their creation. */
  list(request?: TaskListRequest): Promise<Page<Task>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: TaskListRequest): AsyncGenerator<Task, void, undefined>;
  count(filter?: TaskFilter): Promise<number>;
  /** In the order of their creation; all attempts of each name. */
  children(parentId: string, page?: PageRequest): Promise<Page<Task>>;
  /** Every item of `children`, read in pages of `limit`. */
  iterateChildren(parentId: string, page?: PageRequest): AsyncGenerator<Task, void, undefined>;
  /** By name, from the newest attempt of each; children that have no output are left out. Reads all of them at once. */
  childrenOutputs(parentId: string): Promise<ReadonlyMap<string, unknown>>;
  /** The newest attempt: the highest, then the latest created. null where there is none. */
  child(parentId: string, name: string): Promise<Task | null>;
  /** As `child`, among the tasks of an execution that have no parent. */
  root(executionId: string, name: string): Promise<Task | null>;
  /**
   * Creates tasks under a parent, in its execution, all or none, in the order given.
   *
   * @throws NotFoundError without the parent. @throws DuplicateError where an id is taken.
   */
  createChildren(parentId: string, children: readonly ChildInput[]): Promise<readonly TaskSummary[]>;
  /** A task and those below it. @throws NotFoundError */
  tree(rootId: string, request?: TaskTreeRequest): Promise<TaskTree>;
  /**
   * As `tree`, however large and deep, in bounded memory. Outside a transaction, tasks come as they are when it is their turn; new
   * ones may be missing.
   */
  walk(rootId: string): AsyncGenerator<TaskTreeNode, void, undefined>;
  /** How far the children of a task have come; of several attempts under one name, the newest counts. @throws NotFoundError */
  progress(parentId: string): Promise<Progress>;
  /**
   * How far an execution has come: counts its tasks at every depth; `overall` is what those without a parent give it, for
   * they speak for the tasks below them. @throws NotFoundError
   */
  progressOfExecution(executionId: string): Promise<Progress>;
  /**
   * Gives a task the status that its children give it, then its parent, and so on until one does not change; a task that
   * has no children, or has ended, is passed over to its parent. Answers the tasks that changed, from the start up.
   *
   * @throws NotFoundError
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

const listRequest: Fields<TaskListRequest> = fieldsOf<TaskListRequest>({
  ...filterNames,
  payloads: true,
  after: true,
  limit: true,
});

/** The `tasks` of a store or of a transaction. */
export function tasksOf(session: Session): Tasks {
  return { ...writesOf(session), ...readsOf(session), ...treesOf(session) };
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
      // That there is such a parent is checked also where it gets no children.
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
  const list = async ({ after, limit, payloads, ...filter }: TaskListRequest): Promise<Page<Task>> => {
    const size = checkLimit(limit);
    const plan = listTasks({
      ...encodeFilter(filter),
      withPayloads: checkOptionalBoolean(payloads, "payloads") !== false,
      after: checkSequenceCursor(after, 0),
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
  const children = async (parentId: string, page?: PageRequest): Promise<Page<Task>> =>
    list({ ...pageRequest.readOptional(page, "page"), parentId: checkId(parentId, "parentId") });
  return {
    get,
    require: async (id) => found(await get(id), "task", id),
    lock: lockOf(session, lockableTask, { read: (row) => toTask(codec, row), notFound: (id) => notFound("task", id) }),
    list: async (request) => listed(request),
    iterate: (request = {}) => iterate(request, "request", listed),
    count: async (filter = {}) =>
      session.run(mapPlan(countTasks(encodeFilter(countFilter.read(filter, "filter"))), (row) => row.count)),
    children,
    iterateChildren: (parentId, page = {}) => iterate(page, "page", (each) => children(parentId, each)),
    child: async (parentId, name) => {
      const plan = newestChild({ parentId: checkId(parentId, "parentId"), name: checkId(name, "name") });
      return session.run(mapPlan(plan, (row) => row && toTask(codec, row)));
    },
    root: async (executionId, name) => {
      const plan = newestRoot({ executionId: checkId(executionId, "executionId"), name: checkId(name, "name") });
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
  const what = entity === "task" ? "Task" : "Execution";
  throw new NotFoundError(`${what} ${id} does not exist: save it first.`, { facts: { entity, id } });
}
