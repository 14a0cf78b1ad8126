import { type Status, statuses, type TaskRow, type TaskType } from "../../../protocol/index.ts";

/** What the page keeps of each task. Times are in milliseconds since 1970. */
export interface Task {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType;
  readonly status: Status;
  readonly attempt: number;
  /** Its place in creation order. */
  readonly sequence: number;
  readonly version: number;
  /** Its component, agent, action and tool; null for a task without any. */
  readonly doer: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** Keeps what a tree shows of a task. */
export function toTask(row: TaskRow): Task {
  const { id, parentId, name, type, status, attempt, sequence, version } = row;
  return {
    id,
    parentId,
    name,
    type,
    status,
    attempt,
    sequence,
    version,
    doer: [row.component, row.agent, row.action, row.tool].filter((each) => each !== null).join(" · ") || null,
    startedAt: row.startedAt === null ? null : Date.parse(row.startedAt),
    finishedAt: row.finishedAt === null ? null : Date.parse(row.finishedAt),
  };
}

/** A task in its tree. */
export interface Tree {
  readonly task: Task;
  /** In creation order. */
  readonly children: readonly Tree[];
  readonly depth: number;
  /** The number of tasks below it. */
  readonly size: number;
  /** From the first start of itself and the tasks below it; null if none has started. */
  readonly from: number | null;
  /** To the last end; null while something runs, and if nothing has ended. */
  readonly to: number | null;
  /** The number of tasks below it in each status, in the order of the statuses; null if there are none. */
  readonly sums: readonly number[] | null;
}

/** The number of tasks below one in each status. */
export function countsOf({ sums }: Tree): Readonly<Record<string, number>> {
  return Object.fromEntries(statuses.map((status, place) => [status, sums?.[place] ?? 0]));
}

/** All trees of one execution. */
export interface Forest {
  readonly roots: readonly Tree[];
  readonly byId: ReadonlyMap<string, Tree>;
  /** From the first start of a task; null if none has started. */
  readonly from: number | null;
  /** To the last end; null while something runs. */
  readonly to: number | null;
}

interface Growing {
  readonly task: Task;
  children: Growing[];
  depth: number;
  size: number;
  from: number | null;
  to: number | null;
  isOpen: boolean;
  sums: number[] | null;
}

/** Most tasks have nothing below them, and a list of their own would double the time. */
const childless: Growing[] = [];

const placeOf: ReadonlyMap<Status, number> = new Map(statuses.map((status, place) => [status, place]));

/** Makes the trees of tasks. A task whose parent is unknown is a root. Takes time proportional to the tasks. */
export function forestOf(tasks: Iterable<Task>): Forest {
  const byId = new Map<string, Growing>();
  for (const task of tasks) byId.set(task.id, growing(task));
  const roots: Growing[] = [];
  for (const tree of byId.values()) {
    const parent = tree.task.parentId === null ? undefined : byId.get(tree.task.parentId);
    if (parent === undefined || parent === tree) roots.push(tree);
    else if (parent.children === childless) parent.children = [tree];
    else parent.children.push(tree);
  }
  sortBySequence(roots);
  // Parents come before their children in this order, so that the way back sums from the leaves up.
  const ordered = [...roots];
  for (const tree of ordered) {
    sortBySequence(tree.children);
    for (const child of tree.children) {
      child.depth = tree.depth + 1;
      ordered.push(child);
    }
  }
  for (const tree of ordered.toReversed()) for (const child of tree.children) sumUp(tree, child);
  for (const tree of ordered) if (tree.isOpen) tree.to = null;
  const whole = spanOf(roots);
  return { roots, byId, ...whole };
}

function growing(task: Task): Growing {
  const { startedAt: from, finishedAt: to } = task;
  return { task, children: childless, depth: 0, size: 0, from, to, isOpen: from !== null && to === null, sums: null };
}

function sortBySequence(trees: Growing[]): void {
  if (trees.length > 1) trees.sort((a, b) => a.task.sequence - b.task.sequence);
}

function sumUp(tree: Growing, child: Growing): void {
  const { task, size, from, to, sums } = child;
  tree.size += size + 1;
  const own = (tree.sums ??= statuses.map(() => 0));
  const place = placeOf.get(task.status) ?? 0;
  own[place] = (own[place] ?? 0) + 1;
  if (sums !== null) for (const [at, sum] of sums.entries()) own[at] = (own[at] ?? 0) + sum;
  if (from !== null && (tree.from === null || from < tree.from)) tree.from = from;
  if (to !== null && (tree.to === null || to > tree.to)) tree.to = to;
  if (child.isOpen) tree.isOpen = true;
}

function spanOf(trees: readonly Growing[]): Pick<Forest, "from" | "to"> {
  let from: number | null = null;
  let to: number | null = null;
  for (const tree of trees) {
    if (tree.from !== null && (from === null || tree.from < from)) from = tree.from;
    if (tree.to !== null && (to === null || tree.to > to)) to = tree.to;
  }
  return { from, to: trees.some(({ isOpen }) => isOpen) ? null : to };
}
