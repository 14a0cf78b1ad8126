import type { TaskTimeline } from "holdfast/tasks";
import { moment, page, several, text, whole, word } from "../answers/parameters.ts";
import {
  type Page,
  type Status,
  statuses,
  type TaskDetail,
  type TaskRow,
  type TaskTreeRow,
  type Timeline,
} from "../protocol/index.ts";
import { taskRow } from "../rows/executions.ts";
import { pageOf } from "../rows/plain.ts";
import type { Asked, DefineRoute } from "./route.ts";

const level = { id: text, parent: text.optional(), status: several(word(statuses)).optional() } as const;

/** The most tasks of one read of Holdfast's, and the most ancestors of a path. */
const readMax = 1000;
const pathMax = 20;

/** The routes about tasks. */
export function taskRoutes(route: DefineRoute): void {
  route("/api/execution/tasks", { ...level, ...page }, async ({ id, parent, ...given }, asked) => {
    const request = { ...given, executionId: id, parentId: parent ?? null, payloads: false };
    const found = pageOf(await asked.limited.tasks.list(request), taskRow);
    return { ...found, items: await withChildren(asked, found.items) };
  });
  route(
    "/api/execution/tasks/index",
    { ...level, every: whole(10, 1000).optional() },
    async ({ id, parent, status, every = 100 }, { limited }) => {
      const request = { executionId: id, parentId: parent ?? null, status, limit: every };
      return { ...(await limited.tasks.pages(request)), every };
    },
  );
  const all = {
    id: text,
    status: level.status,
    ...page,
    limit: whole(1, 5000).optional(),
    updatedAfter: moment.optional(),
  };
  route("/api/execution/tasks/all", all, (given, asked) => allTasks(asked, given));
  const window = { from: moment.optional(), to: moment.optional(), buckets: whole(1, 500).optional() };
  const bars = { after: page.after, limit: page.limit };
  route("/api/execution/timeline", { id: text, ...window, ...bars }, async ({ id, buckets, ...given }, { limited }) => {
    const [, found] = await limited.read([
      (nouns) => nouns.executions.require(id),
      (nouns) => nouns.tasks.timeline(id, { ...given, parts: buckets ?? 100 }),
    ]);
    return timelineRow(found);
  });
  route("/api/task", { id: text }, ({ id }, asked) => detailOf(asked, id));
}

async function withChildren({ limited }: Asked, tasks: readonly TaskRow[]): Promise<readonly TaskTreeRow[]> {
  const counts = await limited.tasks.childCounts(tasks.map(({ id }) => id));
  return tasks.map((task, i) => {
    const own = counts[i];
    const total = Object.values(own ?? {}).reduce((sum, count) => sum + count, 0);
    return { ...task, children: own === undefined || total === 0 ? null : { counts: own, total } };
  });
}

interface AllTasks {
  readonly id: string;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly order?: "asc" | "desc" | undefined;
  readonly status?: readonly Status[] | undefined;
  readonly updatedAfter?: Date | undefined;
}

/** A page that may be larger than Holdfast's own: a few of those. */
async function allTasks({ limited }: Asked, { id, limit = readMax, ...given }: AllTasks): Promise<Page<TaskRow>> {
  const items: TaskRow[] = [];
  const cursors: string[] = [];
  let next = given.after ?? null;
  do {
    const request = { ...given, executionId: id, payloads: false, limit: Math.min(limit - items.length, readMax) };
    const found = await limited.tasks.list({ ...request, after: next ?? undefined });
    items.push(...found.items.map(taskRow));
    cursors.push(...found.cursors);
    ({ next } = found);
  } while (next !== null && items.length < limit);
  return { items, next, cursors };
}

function timelineRow(found: TaskTimeline | null): Timeline {
  if (found === null) {
    const now = new Date().toISOString();
    const empty = { buckets: [], total: 0, bars: [], next: null };
    return { startedAt: null, endedAt: null, now, from: now, to: now, ...empty };
  }
  return {
    startedAt: found.startedAt.toISOString(),
    endedAt: found.endedAt.toISOString(),
    now: found.now.toISOString(),
    from: found.from.toISOString(),
    to: found.to.toISOString(),
    buckets: found.parts.map(({ at, ...part }) => ({ at: at.toISOString(), ...part })),
    total: found.total,
    bars: found.tasks.map(taskRow),
    next: found.next,
  };
}

async function detailOf(asked: Asked, id: string): Promise<TaskDetail> {
  const { limited, show } = asked;
  const task = await limited.tasks.require(id);
  const row = taskRow(task);
  const { executionId, parentId, name } = task;
  const [[whole = { ...row, children: null }], path, attempts] = await Promise.all([
    withChildren(asked, [row]),
    pathTo(asked, parentId),
    limited.tasks.list({ executionId, parentId, name, payloads: false }),
  ]);
  return {
    ...whole,
    input: show.show(task.input, { of: "task", id, field: "input" }),
    output: show.show(task.output, { of: "task", id, field: "output" }),
    error: show.show(task.error, { of: "task", id, field: "error" }),
    path,
    attempts: attempts.items.map(taskRow),
  };
}

/** The ancestors from the nearest 20 down to the parent. */
async function pathTo({ limited }: Asked, parentId: string | null): Promise<TaskDetail["path"]> {
  const path: { readonly id: string; readonly name: string }[] = [];
  let next = parentId;
  while (next !== null && path.length < pathMax) {
    const parent = await limited.tasks.get(next);
    if (parent === null) break;
    path.unshift({ id: parent.id, name: parent.name });
    next = parent.parentId;
  }
  return path;
}
