import { moment, page, several, text, whole, word } from "../answers/parameters.ts";
import { type Page, type Status, statuses, type TaskDetail, type TaskRow } from "../protocol/index.ts";
import { taskRow } from "../rows/executions.ts";
import type { Asked, DefineRoute } from "./route.ts";

/** The most tasks of one read of Holdfast's, and the most ancestors of a path. */
const readMax = 1000;
const pathMax = 20;

/** The routes about tasks. */
export function taskRoutes(route: DefineRoute): void {
  const all = {
    id: text,
    status: several(word(statuses)).optional(),
    ...page,
    limit: whole(1, 5000).optional(),
    updatedAfter: moment.optional(),
  };
  route("/api/execution/tasks/all", all, (given, asked) => allTasks(asked, given));
  route("/api/task", { id: text }, ({ id }, asked) => detailOf(asked, id));
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

async function detailOf(asked: Asked, id: string): Promise<TaskDetail> {
  const { limited, show } = asked;
  const task = await limited.tasks.require(id);
  const row = taskRow(task);
  const { executionId, parentId, name } = task;
  const [path, attempts] = await Promise.all([
    pathTo(asked, parentId),
    limited.tasks.list({ executionId, parentId, name, payloads: false }),
  ]);
  return {
    ...row,
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
