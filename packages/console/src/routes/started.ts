import type { Execution, Task } from "holdfast";
import type { Asked } from "./route.ts";

/** The tasks that started child executions, by their ids. Those that are not recorded are left out. */
export async function tasksThatStarted(
  { limited }: Pick<Asked, "limited">,
  children: readonly Execution[],
): Promise<ReadonlyMap<string, Task>> {
  const ids = [...new Set(children.flatMap(({ parentTaskId }) => parentTaskId ?? []))];
  if (ids.length === 0) return new Map();
  const tasks = await limited.read(ids.map((id) => (nouns) => nouns.tasks.get(id)));
  return new Map(tasks.flatMap((task) => (task === null ? [] : [[task.id, task] as const])));
}
